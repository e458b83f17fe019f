import { formatPath } from "../issue.ts";

/** A production has no more scenes. */
const MAX_ITEMS = 10_000;
/** Of parts of one scene. */
export const MAX_PARTS = 500;

export interface Leftover {
  readonly path: string;
  /** The last key, or null in a list. */
  readonly key: string | null;
  /** It was looked at, and was not what it should be. */
  readonly misfit: boolean;
}

/**
 * A value of the user's document that remembers what of it was read. What nobody read is what the import loses, so
 * nothing can be lost without being listed: forgetting a key lists it.
 */
export class DocumentNode {
  readonly value: unknown;
  readonly #segments: readonly PropertyKey[];
  readonly #children = new Map<PropertyKey, DocumentNode>();
  #read = false;
  #misfit = false;
  #used = false;

  constructor(value: unknown, segments: readonly PropertyKey[] = []) {
    this.value = value ?? undefined;
    this.#segments = segments;
  }

  get path(): string {
    return formatPath(this.#segments);
  }

  /** False for null, too: these formats write it for "not stated". */
  get isStated(): boolean {
    return this.value !== undefined;
  }

  get isRecord(): boolean {
    return typeof this.value === "object" && !Array.isArray(this.value);
  }

  get(key: string): DocumentNode {
    const owned = this.isRecord && Object.hasOwn(this.value as object, key);
    return this.#child(key, owned ? (this.value as Record<string, unknown>)[key] : undefined);
  }

  /**
   * Of a list; a value that should be a list of one is taken as such.
   * @param most what lies beyond is left unread: lists are compared with lists, and input chooses their length
   */
  items(most = MAX_ITEMS): DocumentNode[] {
    if (!this.isStated) return [];
    if (!Array.isArray(this.value)) return [this];
    this.#read = this.value.length === 0;
    return this.value.slice(0, most).map((item, index) => this.#child(index, item));
  }

  text(): string | null {
    return this.#scalar(typeof this.value === "string" ? this.value : null);
  }

  /** Also from text: templates write numbers in quotes. */
  number(): number | null {
    const { value } = this;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return this.#scalar(typeof number === "number" && Number.isFinite(number) ? number : null);
  }

  flag(): boolean | null {
    return this.#scalar(typeof this.value === "boolean" ? this.value : null);
  }

  /** All of it is carried over, or has been spoken of. */
  use(): void {
    this.#used = true;
  }

  /** Keys that say nothing about the film. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.get(key).use();
  }

  /** A setting at the value that changes nothing. */
  ignoreIf(key: string, ...harmless: readonly unknown[]): void {
    if (harmless.includes(this.get(key).value)) this.get(key).use();
  }

  /** What was not read, the outermost place of each, in the document's order. */
  leftovers(): Leftover[] {
    if (!this.isStated || this.#used || (this.#read && this.#children.size === 0)) return [];
    if (this.#misfit && this.#children.size === 0) return [this.#asLeftover()];
    const entries = this.#entries();
    if (typeof this.value === "object" && entries.length === 0) return [];
    const inner = entries.flatMap(([key, value]) =>
      value === null || value === undefined
        ? []
        : (this.#children.get(key) ?? new DocumentNode(value, [...this.#segments, key])).leftovers(),
    );
    const isDocument = this.#segments.length === 0 && this.isRecord;
    return isDocument || this.#isTouched() ? inner : [this.#asLeftover()];
  }

  #asLeftover(): Leftover {
    const key = this.#segments.at(-1);
    return { path: this.path, key: typeof key === "string" ? key : null, misfit: this.#misfit };
  }

  #isTouched(): boolean {
    return (
      this.#read ||
      this.#misfit ||
      this.#used ||
      [...this.#children.values()].some((child) => child.#isTouched())
    );
  }

  #entries(): [PropertyKey, unknown][] {
    if (Array.isArray(this.value)) return [...this.value.entries()];
    return typeof this.value === "object" ? Object.entries(this.value as object) : [];
  }

  #child(key: PropertyKey, value: unknown): DocumentNode {
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const child = new DocumentNode(value, [...this.#segments, key]);
    this.#children.set(key, child);
    return child;
  }

  #scalar<Value>(value: Value | null): Value | null {
    if (value !== null) this.#read = true;
    else if (this.isStated) this.#misfit = true;
    return value;
  }
}
