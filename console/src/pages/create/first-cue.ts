/** The first caption of an SRT, WebVTT or word-timing file, on one line; null when there is none. Pure. */
export function firstCue(text: string): string | null {
  if (/^\s*\{/.test(text)) {
    const words = [...text.matchAll(/"(?:text|word)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)].slice(0, 8);
    return words.length === 0 ? null : words.map((match) => match[1]).join(" ");
  }
  const lines = text.replaceAll("\r", "").split("\n");
  const timing = lines.findIndex((line) => line.includes("-->"));
  if (timing < 0) return null;
  const end = lines.findIndex((line, index) => index > timing && line.trim() === "");
  const cue = lines.slice(timing + 1, end < 0 ? undefined : end).join(" ");
  const plain = cue
    .replace(/<[^>]*>|\{[^}]*\}/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain === "" ? null : plain;
}
