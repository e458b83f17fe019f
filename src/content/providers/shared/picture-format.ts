/** By the first bytes, whatever a server or a name says. What is behind them is looked at in a render process. */
export function pictureFormatOf(bytes: Uint8Array): "png" | "jpg" | "webp" | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.byteLength)).toString("latin1");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (head.startsWith("\xff\xd8\xff")) return "jpg";
  return head.startsWith("RIFF") && head.slice(8, 12) === "WEBP" ? "webp" : null;
}
