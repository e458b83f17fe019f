import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, sha256File, stableStringify } from "./hash.ts";

describe("stableStringify", () => {
  it("sorts keys at every depth and leaves out undefined fields", () => {
    expect(stableStringify({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: undefined } })).toBe(
      '{"a":{"d":[1,{"y":2,"z":1}]},"b":1}',
    );
  });

  it("reads back as the same value, and does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = stableStringify(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(stableStringify(reverseKeys(value))).toBe(text);
      }),
    );
  });

  it("gives different values different text", () => {
    expect(digestOf({ a: 1, b: "2" })).not.toBe(digestOf({ a: "1", b: 2 }));
    expect(digestOf(["a", "b"])).not.toBe(digestOf(["ab"]));
    expect(digestOf(0)).toBe(digestOf(-0));
  });

  it.each<[string, unknown, string]>([
    ["NaN", { a: [Number.NaN] }, "$.a[0]"],
    ["infinity", { a: Number.POSITIVE_INFINITY }, "$.a"],
    ["a Map", { a: new Map() }, "$.a"],
    ["a Date", [new Date(0)], "$[0]"],
    ["bytes", { a: new Uint8Array(2) }, "$.a"],
    ["a function", { a: () => 1 }, "$.a"],
    ["a bigint", { a: 1n }, "$.a"],
    ["undefined in a list", [undefined], "$[0]"],
    ["a hole in a list", new Array(1), "$[0]"],
  ])("refuses %s", (_, value, place) => {
    expect(() => stableStringify(value)).toThrow(TypeError);
    expect(() => stableStringify(value)).toThrow(place);
  });

  it("refuses a value inside itself, but takes one twice", () => {
    const shared = { x: 1 };
    expect(stableStringify([shared, shared])).toBe('[{"x":1},{"x":1}]');
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => stableStringify(cycle)).toThrow("$.self");
  });
});

describe("sha256File", () => {
  it("hashes the bytes of a file", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "hash-"));
    try {
      const file = path.join(folder, "abc");
      writeFileSync(file, "abc");
      // FIPS 180-2, appendix B.1.
      expect(await sha256File(file)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      writeFileSync(file, Buffer.alloc(3_000_001, 7));
      const large = await sha256File(file);
      writeFileSync(file, Buffer.alloc(3_000_000, 7));
      expect(await sha256File(file)).not.toBe(large);
      await expect(sha256File(path.join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== "object" || value === null) return value;
  const reversed = Object.entries(value)
    .reverse()
    .map(([key, field]) => [key, reverseKeys(field)] as const);
  return Object.fromEntries(reversed);
}
