import { displayWidth, truncateToWidth } from "./display-width.ts";

/**
 * Lines of at most `width` columns, broken at spaces; a word longer than a line is broken anywhere, as CJK
 * text is. Every line starts with `indent`. An infinite width gives one line.
 */
export function wrapText(text: string, width: number, indent = ""): string[] {
  const room = Math.max(10, width - displayWidth(indent));
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (displayWidth(joined) <= room) {
      line = joined;
      continue;
    }
    // A long path stays whole on a line of its own when it fits there; CJK text fills the line up.
    if (line !== "" && displayWidth(word) <= room) {
      lines.push(line);
      line = word;
      continue;
    }
    const pieces = breakAnywhere(joined, room);
    line = pieces.pop() ?? "";
    lines.push(...pieces);
  }
  lines.push(line);
  return lines.map((content) => indent + content);
}

function breakAnywhere(text: string, room: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (displayWidth(rest) > room) {
    const piece = truncateToWidth(rest, room + 1).replace(/…$/, "");
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  pieces.push(rest);
  return pieces;
}
