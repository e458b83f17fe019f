/** A small seeded share of `npm run fuzz`. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/render/process/limits.ts";
import { RenderProcess } from "../../src/render/process/render-process.ts";
import { type FuzzTarget, fuzzTargets } from "../fixtures/fuzz-targets.ts";
import { mutate, seededNumbers } from "../fixtures/mutate.ts";

const FILES = { picture: 60, sound: 120, captions: 500, production: 80 };
let folder: string;
let child: RenderProcess;
let targets: readonly FuzzTarget[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-fuzz-"));
  const limits = { ...DEFAULT_LIMITS, memoryBytes: 600e6, fileBytes: 300e6 };
  child = new RenderProcess({ limits, tempRoot: folder, compileCache: null });
  targets = await fuzzTargets(folder, () => child);
});
afterAll(async () => {
  await child.close();
  rmSync(folder, { recursive: true, force: true });
});

test.for(Object.entries(FILES))(
  "%s: %i damaged files are read or refused by a known code",
  async ([name, files]) => {
    const target = targets.find((each) => each.name === name) as FuzzTarget;
    const outcomes = new Set<string>();
    for (let index = 0; index < files; index++) {
      const random = seededNumbers(index);
      const bytes = mutate(target.seeds[random(target.seeds.length)] as Buffer, random);
      outcomes.add(await target.run(bytes));
    }
    // Damage that never broke anything, or always all, would prove nothing.
    expect(outcomes.size).toBeGreaterThan(2);
    expect(outcomes).toContain("OK");
    expect(child.alive).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("the same seed breaks the same bytes", () => {
  const bytes = Buffer.from("A file of some length, to be broken.");
  expect(mutate(bytes, seededNumbers(5))).toEqual(mutate(bytes, seededNumbers(5)));
  expect(mutate(bytes, seededNumbers(5))).not.toEqual(mutate(bytes, seededNumbers(6)));
});
