import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { parseProduction } from "../spec/parse.ts";
import type { Production } from "../spec/production.ts";
import { estimateSeconds } from "./estimate-seconds.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-estimate-"));
  return () => rm(folder, { recursive: true, force: true });
});

function production(...scenes: object[]): Production {
  const document = { output: { width: 1000, height: 500, fps: 10, quality: "draft" }, scenes };
  const parsed = parseProduction(document, { baseDirectory: "/films" });
  if (parsed.production === null) throw new Error(JSON.stringify(parsed.issues));
  return parsed.production;
}

test("seconds follow from frames, size, slots and the speed last measured", async () => {
  const film = production({ image: "a.png", duration: 4 }, { image: "b.png", duration: 6 });
  expect(await estimateSeconds(folder, film, 2)).toMatchObject({ seconds: null });
  const record = { draft: { megapixelsPerSecond: 5, fixedSeconds: 1.5 } };
  await writeFile(path.join(folder, "speed.json"), JSON.stringify(record));
  // 100 frames of half a megapixel at 5 a second on each of two slots.
  expect((await estimateSeconds(folder, film, 2)).seconds).toBeCloseTo(6.5);
});

test("a scene as long as its narration is not guessed at", async () => {
  const film = production({ image: "a.png", duration: 4 }, { image: "b.png", audio: "b.mp3" });
  expect(await estimateSeconds(folder, film, 2)).toMatchObject({
    seconds: null,
    basis: expect.stringContaining("/v1/quotes") as string,
  });
});
