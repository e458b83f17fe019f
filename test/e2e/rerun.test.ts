/** A film that is made again from a cache that holds all of it. */
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProductionInput } from "../../src/spec/schema.ts";
import type { CacheMeta } from "../../src/storage/chunk-cache.ts";
import { FileChunkCache } from "../../src/storage/file/file-chunk-cache.ts";
import { systemClock } from "../../src/support/clock.ts";
import { babble } from "../fixtures/wav.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
const input: ProductionInput = {
  output: { width: 192, height: 108 },
  scenes: [
    { image: "red.png", audio: "voice.wav", subtitles: "a.srt" },
    { image: "blue.png", duration: 1 },
  ],
};
const MADE = ["film.mp4", "film.srt", "film.vtt", "film.poster.jpg", "film.contact-sheet.jpg"];
let first: Map<string, Buffer>;

const made = (): Map<string, Buffer> =>
  new Map(MADE.map((name) => [name, readFileSync(studio.at(`out/${name}`))]));

async function rerun(): Promise<{ codes: string[]; rendered: number }> {
  for (const name of MADE) rmSync(studio.at(`out/${name}`), { force: true });
  const { result, events } = await studio.render(input, { cache: "cache", output: "out/film.mp4" });
  const codes = events.flatMap((event) => (event.type === "notice" ? [event.notice.code] : []));
  return { codes, rendered: result.chunks.rendered };
}

interface Known {
  readonly key: string;
  readonly meta: CacheMeta;
  readonly file: string;
}

function entries(kind: string): Known[] {
  return globSync(studio.at(`cache/chunks/entries/*/${kind}-*.json`)).map((record) => {
    const { key, meta, data } = JSON.parse(readFileSync(record, "utf8"));
    return { key, meta, file: path.join(path.dirname(record), data ?? "") };
  });
}

const openCache = (): FileChunkCache =>
  new FileChunkCache({ folder: studio.at("cache/chunks"), clock: systemClock });

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("red.png", [200, 30, 30], 192, 108);
  await studio.flat("blue.png", [30, 30, 200], 192, 108);
  await studio.wav("voice.wav", babble(48_000, 48_000, 0.3));
  await studio.write("a.srt", "1\n00:00:00,100 --> 00:00:00,900\nHere\n");
  await rerun();
  first = made();
});
afterAll(() => studio.close());

test("every file is there again, byte for byte", async () => {
  expect(await rerun()).toEqual({ codes: [], rendered: 0 });
  expect(made()).toEqual(first);
});

test("what was read of a film is kept, judged anew, and read anew when it says the film is wrong", async () => {
  const seen = entries("facts").filter(
    ({ meta }) => (meta["facts"] as object | undefined) && "timesExact" in (meta["facts"] as object),
  );
  expect(seen).toHaveLength(1);
  const { key, meta } = seen[0] as Known;
  const store = openCache();
  await store.discard(key);
  await store.putMeta(key, { facts: { ...(meta["facts"] as object), timesExact: false } });
  expect((await rerun()).codes).toEqual(["CACHE_ENTRY_DAMAGED"]);
  expect(made()).toEqual(first);
  expect((await openCache().get(key))?.meta).toEqual(meta);
});

test("a still that was damaged in the cache is drawn again", async () => {
  const stills = entries("still");
  expect(stills).toHaveLength(2);
  for (const { file } of stills) writeFileSync(file, Buffer.alloc(readFileSync(file).length));
  expect((await rerun()).codes).toEqual(["CACHE_ENTRY_DAMAGED", "CACHE_ENTRY_DAMAGED"]);
  expect(made()).toEqual(first);
});

test("render processes keep Node's compiled form of their files for the next ones", () => {
  expect(globSync(studio.at("cache/compile/**/*")).length).toBeGreaterThan(10);
});
