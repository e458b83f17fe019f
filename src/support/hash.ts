import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const MOST_BUFFER_BYTES = 1 << 20;

/**
 * Lower-case hex SHA-256 of a file's bytes, a piece at a time: memory stays flat at any size. Read through a stream, each
 * file took several new buffers of the largest size, and freeing them cost more than the hashing did.
 */
export async function sha256File(
  path: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(1, size), MOST_BUFFER_BYTES));
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 of the canonical JSON: equal values give equal digests, whatever the order of their keys. */
export function digestOf(value: unknown): string {
  return sha256(stableStringify(value));
}

/**
 * JSON with sorted keys and nothing lost. Optional fields that are `undefined` are left out, as in JSON.
 *
 * What JSON would change silently is refused instead (NaN becomes null, a Map becomes {}): two different
 * values would share a digest, and a digest here stands for finished work.
 *
 * @throws {TypeError} naming the JSON path of what is not plain data.
 */
export function stableStringify(value: unknown): string {
  return write(value, "$", new Set());
}

function write(value: unknown, path: string, parents: Set<object>): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold.`);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      if (parents.has(value)) throw new TypeError(`${path} refers back to its own parent.`);
      parents.add(value);
      try {
        return Array.isArray(value) ? writeArray(value, path, parents) : writeObject(value, path, parents);
      } finally {
        parents.delete(value);
      }
    default:
      throw new TypeError(`${path} is of type ${typeof value}, which JSON cannot hold.`);
  }
}

function writeArray(values: readonly unknown[], path: string, parents: Set<object>): string {
  return `[${Array.from(values, (value, index) => write(value, `${path}[${index}]`, parents)).join(",")}]`;
}

function writeObject(value: object, path: string, parents: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path} is a ${value.constructor.name}, not plain data.`);
  }
  const parts: string[] = [];
  // Code-unit order, not localeCompare: the digest must not depend on the machine's language.
  for (const [key, field] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (field === undefined) continue;
    parts.push(`${JSON.stringify(key)}:${write(field, `${path}.${key}`, parents)}`);
  }
  return `{${parts.join(",")}}`;
}
