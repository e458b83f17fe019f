import JSON5 from "json5";

export interface DuplicateKey {
  readonly key: string;
  /** Offset in UTF-16 units. */
  readonly offset: number;
}

/**
 * Keys written twice in one object. JSON parsers keep the last one silently, so half of a user's edit
 * would be lost. `text` is valid JSON or JSON5: the parser has checked that before.
 */
export function findDuplicateKeys(text: string): DuplicateKey[] {
  const duplicates: DuplicateKey[] = [];
  /** Innermost last; null stands for an array. */
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  for (const { part, offset } of tokens(text)) {
    const inner = open.at(-1) ?? null;
    if (part === "{" || part === "[") {
      open.push(part === "{" ? new Set() : null);
      expectsKey = part === "{";
    } else if (part === "}" || part === "]") {
      open.pop();
      expectsKey = false;
    } else if (part === ",") {
      expectsKey = inner !== null;
    } else if (part === ":") {
      expectsKey = false;
    } else if (expectsKey && inner !== null && !part.startsWith("/")) {
      const key = /^["']/.test(part) ? String(JSON5.parse(part)) : part;
      if (inner.has(key)) duplicates.push({ key, offset });
      inner.add(key);
    }
  }
  return duplicates;
}

const PLAIN_TOKEN = /\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/|[{}[\],:]|[^\s{}[\],:"'/]+/gy;

function* tokens(text: string): Generator<{ part: string; offset: number }> {
  let offset = 0;
  while (offset < text.length) {
    const first = text.charAt(offset);
    PLAIN_TOKEN.lastIndex = offset;
    const part =
      first === '"' || first === "'"
        ? text.slice(offset, endOfString(text, offset, first))
        : PLAIN_TOKEN.exec(text)?.[0];
    if (part !== undefined) yield { part, offset };
    offset += part?.length ?? 1;
  }
}

/** A loop, because a regular expression over megabytes of escapes exhausts the stack. */
function endOfString(text: string, start: number, mark: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === mark) return at + 1;
  }
  return text.length;
}

/** Both from 1, as editors count. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
