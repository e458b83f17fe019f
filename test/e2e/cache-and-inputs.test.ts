/** What goes wrong around a render while it runs: damaged cache, changed inputs, killed children, a second run. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProductionInput } from "../../src/spec/schema.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { processesNaming } from "./support/cli.ts";
import { Studio } from "./support/studio.ts";

const linux = process.platform === "linux";
const COUNT = 6;
let studio: Studio;
let film: Buffer;
const input: ProductionInput = {
  output: { width: 192, height: 108 },
  scenes: Array.from({ length: COUNT }, (_, index) => ({
    id: `s${index}`,
    image: `p${index % 2}.png`,
    audio: "n.wav",
  })),
};

beforeAll(async () => {
  studio = await Studio.open();
  for (const index of [0, 1]) await studio.picture(`p${index}.png`, naturalNoise(192, 108, index + 1));
  await studio.wav("n.wav", babble(48_000, 60_000, 0.3));
  film = await readFile((await studio.render(input, { cache: "cache" })).output);
});
afterAll(() => studio.close());

const isWhole = async (file: string): Promise<boolean> => (await readFile(file)).equals(film);

test("a chunk that was damaged in the cache is rendered again, and the film is the same", async () => {
  const folder = studio.at("cache/chunks/entries");
  const chunks = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /chunk-[^/]*\.data$/.test(name))
    .toSorted();
  expect(chunks).toHaveLength(COUNT);
  const flipped = path.join(folder, chunks[1] as string);
  const bytes = await readFile(flipped);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0x10;
  await writeFile(flipped, bytes);
  const cut = path.join(folder, chunks[3] as string);
  await writeFile(cut, (await readFile(cut)).subarray(0, 500));
  const { result, output } = await studio.render(input, { cache: "cache" });
  expect(result.chunks).toEqual({ total: COUNT, rendered: 2, cached: COUNT - 2 });
  expect(await isWhole(output)).toBe(true);
});

test("two runs at once over one cache both end with the same film", async () => {
  const both = await Promise.all([
    studio.render(input, { cache: "shared", output: "a/film.mp4" }),
    studio.render(input, { cache: "shared", output: "b/film.mp4" }),
  ]);
  for (const { output } of both) expect(await isWhole(output)).toBe(true);
});

test("two runs at once into one file leave one whole film and nothing else", async () => {
  const both = await Promise.all([
    studio.render(input, { cache: "cache", output: "same/film.mp4" }),
    studio.render(input, { cache: "cache", output: "same/film.mp4" }),
  ]);
  expect(await isWhole(both[0].output)).toBe(true);
  expect((await readdir(studio.at("same"))).filter((name) => name.startsWith("."))).toEqual([]);
});

test.runIf(linux)(
  "a render child that is killed costs its chunk a second attempt, and nothing else",
  async () => {
    // Chunks large enough that a child is still at its first one when it has told of its first frames.
    const slow: ProductionInput = {
      output: { width: 960, height: 540 },
      scenes: [0, 1].map((index) => ({ id: `k${index}`, image: `p${index}.png`, duration: 3 })),
    };
    let killed = 0;
    const { result, output } = await studio.render(slow, {
      cache: "child-cache",
      onEvent: (event) => {
        if (killed > 0 || event.type !== "scene" || event.status !== "active" || event.framesRendered === 0)
          return;
        const child = processesNaming(studio.at("child-cache")).find(({ pid }) => pid !== process.pid);
        if (child === undefined) return;
        killed = child.pid;
        process.kill(child.pid, "SIGKILL");
      },
    });
    expect(killed).toBeGreaterThan(0);
    expect(result.scenes.map((scene) => scene.attempts).toSorted()).toEqual([1, 2]);
    const undisturbed = await studio.render(slow, { cache: "calm-cache" });
    expect((await readFile(output)).equals(await readFile(undisturbed.output))).toBe(true);
  },
);

test("a picture that changes while it is rendered is refused, and its old name never gets the new content", async () => {
  await studio.picture("live.png", naturalNoise(192, 108, 7));
  const live: ProductionInput = { ...input, scenes: [{ id: "live", image: "live.png", duration: 3 }] };
  const original = await readFile(studio.at("live.png"));
  await studio.picture("other.png", naturalNoise(192, 108, 8));
  const other = await readFile(studio.at("other.png"));
  let changed: Promise<void> | null = null;
  const error = await studio.renderError(live, {
    cache: "live-cache",
    output: "live/film.mp4",
    onEvent: (event) => {
      if (event.type === "planned") changed = writeFile(studio.at("live.png"), other);
    },
  });
  await changed;
  expect(error).toMatchObject({ code: "INPUT_CHANGED", hint: expect.any(String) });
  expect(await readdir(studio.at("live"))).toEqual([]);
  // Put back, the film must show the old picture: what a clean cache gives.
  await writeFile(studio.at("live.png"), original);
  const again = await studio.render(live, { cache: "live-cache" });
  const clean = await studio.render(live, { cache: "live-clean-cache" });
  const digest = async (file: string): Promise<string> =>
    createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  expect(await digest(again.output)).toBe(await digest(clean.output));
});

test.runIf(linux)("a pipe in a picture's place is refused and not waited for", async () => {
  const { execFileSync } = await import("node:child_process");
  execFileSync("mkfifo", [studio.at("pipe.png")]);
  expect(await studio.renderError({ scenes: [{ image: "pipe.png", duration: 1 }] })).toMatchObject({
    code: "FILE_NOT_REGULAR",
    path: "scenes[0].image.src",
  });
});
