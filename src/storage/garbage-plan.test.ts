import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GarbageCandidate, planGarbage } from "./garbage-plan.ts";

const entry = (key: string, sizeBytes: number, lastUsedMs: number): GarbageCandidate => ({
  key,
  sizeBytes,
  lastUsedMs,
});
const four = [entry("a", 10, 400), entry("b", 10, 100), entry("c", 10, 300), entry("d", 10, 200)];
const rules = { maxBytes: 0, targetBytes: 0, keepSinceMs: 1_000, pinned: new Set<string>() };

describe("planGarbage", () => {
  it.each<[string, Partial<typeof rules>, string[]]>([
    ["all fits", { maxBytes: 40, targetBytes: 20 }, []],
    ["one byte over: down to the target, oldest first", { maxBytes: 39, targetBytes: 20 }, ["b", "d"]],
    ["the target lies within an entry", { maxBytes: 39, targetBytes: 25 }, ["b", "d"]],
    ["everything goes", { maxBytes: 0 }, ["b", "d", "c", "a"]],
    [
      "pinned ones stay, the next oldest go",
      { maxBytes: 30, targetBytes: 20, pinned: new Set(["b"]) },
      ["d", "c"],
    ],
    ["recent ones stay", { maxBytes: 0, keepSinceMs: 300 }, ["b", "d"]],
    ["used exactly at the bound is recent", { maxBytes: 0, keepSinceMs: 200 }, ["b"]],
    ["all in use: nothing goes, over the limit or not", { maxBytes: 0, keepSinceMs: 0 }, []],
  ])("%s", (_, change, keys) => {
    expect(planGarbage(four, { ...rules, ...change }).map((each) => each.key)).toEqual(keys);
  });

  it("is the same for every order of listing, also among equal times", () => {
    const same = ["c", "a", "b"].map((key) => entry(key, 10, 5));
    expect(planGarbage(same, { ...rules, maxBytes: 25, targetBytes: 15 }).map((each) => each.key)).toEqual([
      "a",
      "b",
    ]);
  });

  it("takes nothing in use, nothing needless, and never one younger than what it leaves", () => {
    const candidates = fc.uniqueArray(
      fc.record({ key: fc.string(), sizeBytes: fc.nat(100), lastUsedMs: fc.nat(50) }),
      { selector: (each) => each.key, maxLength: 30 },
    );
    fc.assert(
      fc.property(
        candidates,
        fc.nat(500),
        fc.nat(60),
        fc.array(fc.nat(29)),
        (entries, maxBytes, keepSinceMs, pins) => {
          const pinned = new Set(pins.map((index) => entries[index]?.key ?? ""));
          const targetBytes = Math.floor(maxBytes * 0.9);
          const victims = planGarbage(entries, { maxBytes, targetBytes, keepSinceMs, pinned });
          const gone = new Set(victims.map((each) => each.key));
          const kept = entries.filter((each) => !gone.has(each.key));
          const sum = (list: readonly GarbageCandidate[]) =>
            list.reduce((total, each) => total + each.sizeBytes, 0);
          const free = (each: GarbageCandidate) => !pinned.has(each.key) && each.lastUsedMs < keepSinceMs;
          expect(victims.every(free)).toBe(true);
          const last = victims.at(-1);
          if (last !== undefined) {
            expect(sum(entries)).toBeGreaterThan(maxBytes);
            expect(sum(kept) + last.sizeBytes).toBeGreaterThan(targetBytes);
            expect(kept.filter(free).every((each) => each.lastUsedMs >= last.lastUsedMs)).toBe(true);
          }
          if (sum(entries) > maxBytes && sum(kept) > targetBytes) expect(kept.some(free)).toBe(false);
        },
      ),
    );
  });
});
