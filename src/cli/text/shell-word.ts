import { printable } from "./printable.ts";

/** A path as it can be typed after a command: quoted when a shell would take it for more than one word. */
export function shellWord(text: string): string {
  const shown = printable(text);
  if (/^[\p{L}\p{M}\p{N}._/\\:@%+,=~-]+$/u.test(shown)) return shown;
  // Double quotes are known to cmd.exe too; what stays special within them calls for single ones.
  return /["$`\\!]/.test(shown) ? `'${shown.replaceAll("'", "'\\''")}'` : `"${shown}"`;
}
