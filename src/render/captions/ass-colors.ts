/** The colours of a caption's letters, from the document that draws it: `ass-drawing.ts` is what writes it. */
import { TEXT_LAYER } from "./ass-drawing.ts";

/**
 * @returns #rrggbb each, the highlight's included. A user's text holds no tag that could be taken for one: its braces and
 *   backslashes are escaped
 */
export function textColors(document: string): string[] {
  const colors = new Set<string>();
  for (const line of document.split("\n")) {
    if (!line.startsWith(`Dialogue: ${TEXT_LAYER},`)) continue;
    for (const [, blue, green, red] of line.matchAll(/\\1c&H([\dA-F]{2})([\dA-F]{2})([\dA-F]{2})&/gu))
      colors.add(`#${red}${green}${blue}`.toLowerCase());
  }
  return [...colors];
}
