/** Videos behind each other: copied as they are, refused with the reason, or rendered anew. Through the real program. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeVideo, readFrameNumber, type TestVideo } from "../fixtures/encode-video.ts";
import { runCli } from "./support/cli.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { Studio } from "./support/studio.ts";

const SIZE = { width: 160, height: 96 };
const RATE = 48_000;

let studio: Studio;
beforeAll(async () => {
  studio = await Studio.open();
});
afterAll(() => studio.close());

function make(name: string, change: Partial<TestVideo> = {}): void {
  const common = { ...SIZE, frames: 20, fps: { num: 25, den: 1 }, bFrames: 2, options: { preset: "fast" } };
  encodeVideo(studio.at(name), { ...common, ...change });
}

function join(names: readonly string[], output: string, ...flags: readonly string[]) {
  return runCli(["join", ...names, "--output", output, ...flags], {
    cwd: studio.folder,
    cacheDirectory: studio.at("cache"),
  });
}

const numbersOf = (film: DecodedFilm): number[] =>
  film.frames.map(({ y }) => readFrameNumber(y, film.width, film.height));
const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

/** A click of a millisecond at each of these seconds. */
function clicks(seconds: number, ...at: readonly number[]): Float32Array {
  const samples = new Float32Array(Math.round(seconds * RATE));
  for (const second of at) samples.fill(0.8, Math.round(second * RATE), Math.round(second * RATE) + 48);
  return samples;
}

function loudestAt(film: DecodedFilm, from: number, to: number): number {
  const samples = film.samples as Float32Array;
  let best = Math.round(from * RATE);
  for (let at = best; at < to * RATE; at++)
    if (Math.abs(samples[at * 2] ?? 0) > Math.abs(samples[best * 2] ?? 0)) best = at;
  return best / RATE;
}

describe("copied", () => {
  test("every frame of every piece once, evenly timed, pixel for pixel", async () => {
    const paint = (base: number) => (frame: number, x: number) =>
      ((base + frame) >> Math.min(7, Math.floor((x * 8) / SIZE.width))) & 1 ? 210 : 40;
    make("a.mp4", { paint: paint(0) });
    make("b.mp4", { paint: paint(20), frames: 13 });
    make("c.mp4", { paint: paint(33), frames: 7 });
    const { code, events } = await join(["a.mp4", "b.mp4", "c.mp4"], "abc.mp4");
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({
      type: "succeeded",
      result: {
        frames: 40,
        seconds: 1.6,
        sound: "none",
        pieces: [{ startSeconds: 0 }, { startSeconds: 0.8 }, {}],
      },
    });
    const film = decodeFilm(studio.at("abc.mp4"));
    expect(numbersOf(film)).toEqual(upTo(40));
    expect(film.frames.map(({ pts }) => pts / film.frameTicks)).toEqual(upTo(40));
    const own = ["a.mp4", "b.mp4", "c.mp4"].flatMap((name) => decodeFilm(studio.at(name)).frames);
    expect(film.frames.every(({ y }, index) => Buffer.from(y).equals(own[index]?.y ?? Buffer.alloc(0)))).toBe(
      true,
    );
  });

  test("films that this program made", async () => {
    await studio.flat("one.png", [200, 40, 40]);
    const made = ["first", "second"].map((name) =>
      studio.render(
        { scenes: [{ image: "one.png", duration: 1 }] },
        { output: `${name}.mp4`, cache: "films" },
      ),
    );
    await Promise.all(made);
    const { code } = await join(["first.mp4", "second.mp4"], "both.mp4");
    expect(code).toBe(0);
    expect(decodeFilm(studio.at("both.mp4")).frames).toHaveLength(20);
  });

  test("sound stays with its piece, whatever its length", async () => {
    // Longer than its picture, shorter than it, none at all.
    make("long.mp4", { sound: clicks(1.3, 0.5, 1.1) });
    make("short.mp4", { sound: clicks(0.5, 0.25) });
    make("mute.mp4");
    const names = ["long.mp4", "short.mp4", "mute.mp4", "short.mp4", "long.mp4"];
    const { code, events } = await join(names, "sound.mp4");
    expect(code).toBe(0);
    expect(events.filter(({ type }) => type === "notice")).toMatchObject([
      { notice: { code: "JOIN_SOUND_ENCODED" } },
    ]);
    const film = decodeFilm(studio.at("sound.mp4"));
    expect(film.videoSeconds).toBeCloseTo(4, 3);
    expect(Math.abs(film.audioSeconds - 4)).toBeLessThan(0.03);
    expect(loudestAt(film, 0, 0.8)).toBeCloseTo(0.5, 2);
    expect(loudestAt(film, 0.8, 1.6)).toBeCloseTo(1.05, 2);
    expect(loudestAt(film, 2.4, 3.2)).toBeCloseTo(2.65, 2);
    expect(loudestAt(film, 3.2, 4)).toBeCloseTo(3.7, 2);
    const mute = (film.samples as Float32Array).subarray(1.7 * RATE * 2, 2.3 * RATE * 2);
    expect(mute.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(0.01);
  });

  test("Matroska and mp4 of the same coding, with and without reordering", async () => {
    make("m.mkv", { tickRate: 25, gop: 5 });
    make("n.mp4", { gop: 5 });
    const { code, events } = await join(["m.mkv", "n.mp4"], "mixed.mp4");
    expect([code, events.at(-1)]).toMatchObject([0, { type: "succeeded" }]);
    expect(numbersOf(decodeFilm(studio.at("mixed.mp4")))).toEqual([...upTo(20), ...upTo(20)]);
  });
});

describe("not alike", () => {
  test("says what differs and writes nothing", async () => {
    make("p.mp4");
    make("q.mp4", { width: 128, fps: { num: 30, den: 1 } });
    const { code, events } = await join(["p.mp4", "q.mp4"], "none.mp4");
    expect(code).toBe(3);
    const { error } = events.at(-1) as { error: { code: string; message: string; hint: string } };
    expect(error.code).toBe("JOIN_INCOMPATIBLE");
    expect(error.message).toContain("video 2 has size 128 x 96, video 1 has 160 x 96");
    expect(error.hint).toContain("--reencode");
    expect(() => decodeFilm(studio.at("none.mp4"))).toThrow();
  });

  test("with --reencode: one film of the first one's size and rate", async () => {
    make("r.mp4", { sound: clicks(0.8, 0.4) });
    make("s.mp4", { width: 128, fps: { num: 50, den: 1 }, sound: clicks(0.4, 0.2) });
    const { code } = await join(["r.mp4", "s.mp4"], "anew.mp4", "--reencode", "--quality", "draft");
    expect(code).toBe(0);
    const film = decodeFilm(studio.at("anew.mp4"));
    expect([film.width, film.height, film.frames.length]).toEqual([160, 96, 30]);
    expect(loudestAt(film, 0, 0.8)).toBeCloseTo(0.4, 2);
    expect(loudestAt(film, 0.8, 1.2)).toBeCloseTo(1, 2);
  });

  test("missing and broken files, each by name; no file is written over", async () => {
    make("t.mp4");
    await studio.write("list.mp4", "#EXTM3U\nt.mp4\n");
    const broken = await join(["t.mp4", "list.mp4"], "x.mp4");
    expect([broken.code, broken.events.at(-1)]).toMatchObject([3, { error: { code: "FORMAT_NOT_ALLOWED" } }]);
    const missing = await join(["t.mp4", "u.mp4"], "x.mp4");
    expect([missing.code, missing.events.at(-1)]).toMatchObject([3, { error: { code: "FILE_NOT_FOUND" } }]);
    const own = await join(["t.mp4", "t.mp4"], "t.mp4");
    expect([own.code, own.events.at(-1)]).toMatchObject([2, { error: { code: "OUTPUT_CONFLICT" } }]);
    expect((await join(["t.mp4"], "x.mp4")).code).toBe(2);
  });
});
