/** The Query protocol's two ends: flattened parameters in, XML out. */

export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message = code, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export class Query {
  readonly #fields: URLSearchParams;

  constructor(body: string) {
    this.#fields = new URLSearchParams(body);
  }

  get(name: string): string | null {
    return this.#fields.get(name);
  }

  /** `Name.1`, `Name.2`, ... */
  list(name: string): string[] {
    const values: string[] = [];
    for (let index = 1; ; index++) {
      const value = this.get(`${name}.${index}`);
      if (value === null) return values;
      values.push(value);
    }
  }

  /** The numbers for which anything below `name.N.` is there. */
  indexes(name: string): number[] {
    const found = new Set<number>();
    for (const key of this.#fields.keys()) {
      const match = new RegExp(`^${name.replaceAll(".", "\\.")}\\.(\\d+)\\.`).exec(key);
      if (match !== null) found.add(Number(match[1]));
    }
    return [...found].toSorted((a, b) => a - b);
  }

  filters(): { readonly name: string; readonly values: readonly string[] }[] {
    return this.indexes("Filter").map((index) => ({
      name: this.get(`Filter.${index}.Name`) ?? "",
      values: this.list(`Filter.${index}.Value`),
    }));
  }

  /** Tags for one kind of resource. */
  tags(resource: string): Map<string, string> {
    const tags = new Map<string, string>();
    for (const spec of this.indexes("TagSpecification")) {
      if (this.get(`TagSpecification.${spec}.ResourceType`) !== resource) continue;
      for (const index of this.indexes(`TagSpecification.${spec}.Tag`)) {
        const at = `TagSpecification.${spec}.Tag.${index}`;
        tags.set(this.get(`${at}.Key`) ?? "", this.get(`${at}.Value`) ?? "");
      }
    }
    return tags;
  }

  /** Everything but what two requests for the same thing may differ in. */
  fingerprint(): string {
    const fields = [...this.#fields].filter(([key]) => key !== "ClientToken");
    return JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** EC2's filters know `*` and `?`. */
export function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}

export type Tree =
  | string
  | number
  | boolean
  | readonly Tree[]
  | { readonly [name: string]: Tree | undefined };

export function xml(tree: Tree): string {
  if (Array.isArray(tree)) return tree.map((item) => `<item>${xml(item)}</item>`).join("");
  if (typeof tree !== "object") return escapeXml(String(tree));
  return Object.entries(tree)
    .map(([name, child]) => (child === undefined ? "" : `<${name}>${xml(child)}</${name}>`))
    .join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Pages of at most `size`; the token is the place to go on. */
export function page<T>(
  items: readonly T[],
  query: Query,
  size: number,
): { items: readonly T[]; next?: string } {
  const start = Number(query.get("NextToken") ?? 0);
  const count = Math.min(size, Number(query.get("MaxResults") ?? size));
  const end = start + count;
  return { items: items.slice(start, end), ...(end < items.length && { next: String(end) }) };
}
