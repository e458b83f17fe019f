/** The longest of the usual file systems is 255 bytes; a letter may take four. */
const MAX_LETTERS = 60;

/** A name for saving, from whatever a client sent: never a path, never hidden, always a film. Never used on our disk. */
export function safeFileName(name: unknown): string {
  const last = typeof name === "string" ? (name.split(/[/\\]/).at(-1) ?? "") : "";
  const stem = last
    .normalize("NFC")
    .replace(/\.mp4$/i, "")
    .replace(/[^\p{L}\p{N} ._-]/gu, "_")
    .replace(/^[ .]+|[ .]+$/g, "");
  return `${[...stem].slice(0, MAX_LETTERS).join("") || "output"}.mp4`;
}
