import { copyFileSync, symlinkSync } from "node:fs";

/**
 * A link costs nothing; where there are none a copy does the same. Not a hard link: that changes the time of the font
 * file itself, and a changed input is refused.
 */
export function placeFont(from: string, to: string): void {
  try {
    symlinkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
