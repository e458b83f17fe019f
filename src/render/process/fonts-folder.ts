import { copyFileSync, linkSync } from "node:fs";

/** A link costs nothing; across file systems a copy does the same. */
export function placeFont(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
