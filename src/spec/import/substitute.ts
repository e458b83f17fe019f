import { formatPath } from "../issue.ts";

/** Deeper values mean nothing in any of these formats, and a stack is finite. */
const MAX_DEPTH = 60;
/** Characters; a small document must not grow into a large one. */
const MAX_GROWTH = 16 * 1024 * 1024;

export interface Substituted {
  readonly value: unknown;
  /** Places whose placeholders have no value. */
  readonly unresolved: readonly { readonly path: string; readonly name: string }[];
  /** The values would have made the document too large; those that did are left as they stand. */
  readonly tooLarge: boolean;
}

export type Scope = ReadonlyMap<string, unknown>;

/**
 * `{{ NAME }}` -> its value, everywhere in a document. Text that is nothing but a placeholder takes the value as it is,
 * a number for example. Values are not searched again.
 * @param inner what an object adds to the scope of all in it
 */
export function substitute(
  document: unknown,
  scope: Scope,
  inner: (value: object, scope: Scope) => Scope = (_, outer) => outer,
): Substituted {
  const unresolved: { path: string; name: string }[] = [];
  let budget = MAX_GROWTH;
  let tooLarge = false;
  const text = (source: string, names: Scope, at: readonly PropertyKey[]): unknown => {
    const whole = /^\s*\{\{\s*([^{}]*?)\s*\}\}\s*$/.exec(source)?.[1];
    if (whole !== undefined && names.has(whole)) return spend(names.get(whole), source);
    return source.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (placeholder, name: string) => {
      const value = names.get(name);
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
        return String(spend(value, placeholder));
      unresolved.push({ path: formatPath(at), name });
      return placeholder;
    });
  };
  const spend = (value: unknown, instead: string): unknown => {
    const size = typeof value === "string" ? value.length : typeof value === "object" ? sizeOf(value) : 8;
    if (size > budget) {
      tooLarge = true;
      return instead;
    }
    budget -= size;
    return value;
  };
  const walk = (value: unknown, names: Scope, at: readonly PropertyKey[]): unknown => {
    if (typeof value === "string") return value.includes("{{") ? text(value, names, at) : value;
    if (typeof value !== "object" || value === null || at.length > MAX_DEPTH) return value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, names, [...at, index]));
    const own = inner(value, names);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, walk(item, own, [...at, key])]),
    );
  };
  return { value: walk(document, scope, []), unresolved, tooLarge };
}

/** About; a list or an object as a value is rare, and weighed for every place it goes to. */
function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (depth > MAX_DEPTH) return MAX_GROWTH;
  return Object.values(value).reduce((sum: number, item) => sum + 8 + sizeOf(item, depth + 1), 8);
}
