/**
 * Video scenes, proved on decoded films: every source frame carries its number, so each frame of the film says which
 * moment of the video it shows. One file in spite of its length: all of it is about one small set of videos.
 */
import { readFile, writeFile } from "node:fs/promises";
import { AVCOL_SPC_SMPTE170M, AVCOL_TRC_SMPTE2084 } from "node-av/constants";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeVideo, readFrameNumber, type TestVideo } from "../fixtures/encode-video.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { Studio } from "./support/studio.ts";

const SIZE = { width: 320, height: 180 };
const FPS_25 = { num: 25, den: 1 };
const OUTPUT = { ...SIZE, fps: 25, quality: "draft" } as const;
const RATE = 48_000;

let studio: Studio;
beforeAll(async () => {
  studio = await Studio.open();
  make("clip.mp4", { frames: 50, bFrames: 2, options: { preset: "fast" } });
});
afterAll(() => studio.close());

function make(name: string, change: Partial<TestVideo> = {}): void {
  encodeVideo(studio.at(name), { ...SIZE, frames: 20, fps: FPS_25, ...change });
}

function numbersOf(film: DecodedFilm): number[] {
  return film.frames.map(({ y }) => readFrameNumber(y, film.width, film.height));
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

async function filmOf(
  scenes: Parameters<Studio["production"]>[0]["scenes"],
  more: Partial<Parameters<Studio["production"]>[0]> = {},
): Promise<DecodedFilm> {
  const { output } = await studio.render({ output: OUTPUT, ...more, scenes }, { cache: "shared" });
  return decodeFilm(output);
}

describe("which frame is shown", () => {
  test("at the video's own rate: each frame once, in order", async () => {
    const film = await filmOf([{ video: "clip.mp4" }]);
    expect(numbersOf(film)).toEqual(upTo(50));
    expect(film.samples).toBeNull();
  });

  test("at another rate: the last frame that was due", async () => {
    const film = await filmOf([{ video: "clip.mp4" }], { output: { ...OUTPUT, fps: 30 } });
    expect(numbersOf(film)).toEqual(upTo(60).map((frame) => Math.floor((frame * 25) / 30)));
  });

  test("at 29.97 frames a second, from a container that counts milliseconds", async () => {
    make("ntsc.mkv", { fps: { num: 30_000, den: 1001 }, tickRate: 1000, frames: 40 });
    const film = await filmOf([{ video: "ntsc.mkv" }], { output: { ...OUTPUT, fps: "30000/1001" } });
    expect(numbersOf(film)).toEqual(upTo(40));
  });

  test("a trimmed part", async () => {
    const film = await filmOf([{ video: { src: "clip.mp4", trim: { from: 0.52, to: 1.2 } } }]);
    expect(numbersOf(film)).toEqual(upTo(17, 13));
  });

  test("half as fast and twice as fast", async () => {
    const retimed = (duration: number) => [{ video: { src: "clip.mp4", retime: "fit" as const }, duration }];
    expect(numbersOf(await filmOf(retimed(4)))).toEqual(upTo(100).map((frame) => frame >> 1));
    expect(numbersOf(await filmOf(retimed(1)))).toEqual(upTo(25).map((frame) => frame * 2));
  });

  test("laid under a narration: the picture fills the scene, silence around the voice included", async () => {
    await studio.wav("voice.wav", {
      sampleRate: RATE,
      channels: 1,
      samples: new Float32Array(RATE * 3).fill(0.1),
    });
    const numbers = numbersOf(
      await filmOf([{ video: { src: "clip.mp4", retime: "fit" }, audio: "voice.wav" }]),
    );
    // Half a second of air, three of voice, half a second of air.
    expect(numbers).toEqual(upTo(100).map((frame) => frame >> 1));
  });

  test("too long is cut, too short holds the last frame of the part", async () => {
    const film = await filmOf([
      { video: "clip.mp4", duration: 0.4, transition: "none" },
      { video: { src: "clip.mp4", trim: { from: 1, to: 1.2 } }, duration: 0.4 },
    ]);
    expect(numbersOf(film)).toEqual([...upTo(10), ...upTo(5, 25), ...Array(5).fill(29)]);
  });

  test("across chunks of several keyframe distances", async () => {
    make("long.mp4", { ...SIZE, frames: 250, gop: 48, bFrames: 3, options: { preset: "fast" } });
    const long = await filmOf([{ video: "long.mp4" }]);
    expect(long.frames.filter(({ key }) => key).length).toBeGreaterThan(1);
    expect(numbersOf(long)).toEqual(upTo(250));
  });

  test("uneven times", async () => {
    make("uneven.mp4", { tickRate: 1000, timeOf: (frame) => frame * 40 + (frame >= 5 ? 200 : 0) });
    const film = await filmOf([{ video: "uneven.mp4" }]);
    expect(numbersOf(film)).toEqual([...upTo(5), 4, 4, 4, 4, 4, ...upTo(15, 5)]);
  });

  test("an edit list that hides the first frames, off a keyframe", async () => {
    make("edited.mp4", { frames: 30, gop: 12, bFrames: 0, sound: new Float32Array(RATE) });
    await hideFirstFrames("edited.mp4", 5);
    expect(numbersOf(await filmOf([{ video: "edited.mp4" }]))).toEqual(upTo(25, 5));
    expect(numbersOf(await filmOf([{ video: { src: "edited.mp4", trim: { from: 0.4 } } }]))).toEqual(
      upTo(15, 15),
    );
  });

  test("around a cut the video goes on beyond its part", async () => {
    const film = await filmOf([
      { video: { src: "clip.mp4", trim: { from: 0, to: 1 } }, transition: { type: "fade", duration: 0.4 } },
      { video: { src: "clip.mp4", trim: { from: 1 } } },
    ]);
    // Both halves show the same moments, so the blend changes nothing: that is the proof.
    expect(numbersOf(film)).toEqual(upTo(50));
  });
});

describe("what a video may be", () => {
  test.each([
    ["vp9.webm", { encoder: "libvpx-vp9" }],
    ["av1.mp4", { encoder: "libsvtav1", options: { preset: "8", crf: "15" } }],
    ["mpeg4.mp4", { encoder: "mpeg4", options: { b: "4000000" } }],
    ["ten-bit.mp4", { encoder: "libx265", pixelFormat: "yuv420p10le" }],
    ["odd.mkv", { width: 319, height: 179, pixelFormat: "yuv444p" }],
    ["open.mp4", { options: { preset: "fast", "x264-params": "open-gop=1:bframes=3:b-adapt=0" } }],
    ["fields.mp4", { interlaced: true, options: { "x264-params": "interlaced=1:tff=1" } }],
  ] as const)("%s", async (name, change) => {
    make(name, change);
    const film = await filmOf([{ video: { src: name, trim: { from: 0.2 } } }]);
    expect(numbersOf(film)).toEqual(upTo(15, 5));
  });

  test("turned by its display matrix, as phones store it", async () => {
    // Bright at the left: a quarter turn clockwise brings that to the top.
    make("turned.mp4", { paint: (_, x) => (x < SIZE.width / 2 ? 200 : 40) });
    await turnClockwise("turned.mp4");
    const film = await filmOf([{ video: "turned.mp4" }], { output: { ...OUTPUT, width: 180, height: 320 } });
    const { y } = film.frames[0] as { y: Uint8Array };
    expect([y[20 * 180 + 10], y[20 * 180 + 170]].every((level = 0) => level > 190)).toBe(true);
    expect([y[300 * 180 + 10], y[300 * 180 + 170]].every((level = 255) => level < 60)).toBe(true);
  });

  test("pixels that are not square fill the frame; contained they stand between bars", async () => {
    // 4:3 pixels: 320 x 240 stored are 16:9 as shown.
    make("anamorphic.mp4", { height: 240, pixelAspect: { num: 4, den: 3 }, paint: () => 200 });
    const wide = await filmOf([{ video: { src: "anamorphic.mp4", fit: "contain", background: "#000" } }]);
    expect(Math.min(...(wide.frames[0]?.y ?? []))).toBeGreaterThan(190);
    const square = await filmOf([{ video: { src: "anamorphic.mp4", fit: "contain", background: "#000" } }], {
      output: { ...OUTPUT, width: 320, height: 320 },
    });
    const { y } = square.frames[0] as { y: Uint8Array };
    expect([y[20 * 320 + 160], y[160 * 320 + 160], y[300 * 320 + 160]]).toEqual([
      expect.closeTo(16, -1),
      expect.closeTo(200, -1),
      expect.closeTo(16, -1),
    ]);
  });

  test("full range and BT.601 come out as BT.709 limited", async () => {
    // White and a strong colour; what they should become is worked out from the two standards' matrices.
    make("full.mp4", { fullRange: true, paint: () => 255 });
    const white = (await filmOf([{ video: "full.mp4" }])).frames[3];
    expect(white?.y[1000]).toBeGreaterThan(232);
    expect(white?.y[1000]).toBeLessThan(238);
    make("sd.mp4", { colorSpace: AVCOL_SPC_SMPTE170M, paint: () => 120, chroma: [90, 200] });
    const frame = (await filmOf([{ video: "sd.mp4" }])).frames[3];
    const [y, u, v] = bt601To709(120, 90, 200);
    expect([frame?.y[1000], frame?.u[1000], frame?.v[1000]].map((level = 0) => Math.round(level))).toEqual([
      near(y),
      near(u),
      near(v),
    ]);
  });

  test("blurred background beside a contained video is its own picture, darkened", async () => {
    make("tall.mp4", { width: 90, height: 160, paint: () => 200 });
    const film = await filmOf([{ video: { src: "tall.mp4", fit: "contain" } }]);
    const { y } = film.frames[0] as { y: Uint8Array };
    expect(y[90 * 320 + 160]).toEqual(near(200));
    expect(y[90 * 320 + 20]).toEqual(near((200 - 16) * 0.6 + 16));
  });
});

describe("sound", () => {
  /** A click of a millisecond at each of these seconds. */
  const clicks = (seconds: number, ...at: readonly number[]): Float32Array => {
    const samples = new Float32Array(seconds * RATE);
    for (const second of at) samples.fill(0.8, second * RATE, second * RATE + 48);
    return samples;
  };
  const loudestAt = (film: DecodedFilm, from: number, to: number): number => {
    const samples = film.samples as Float32Array;
    let best = Math.round(from * RATE);
    for (let at = best; at < to * RATE; at++)
      if (Math.abs(samples[at * 2] ?? 0) > Math.abs(samples[best * 2] ?? 0)) best = at;
    return best / RATE;
  };

  test("the video's own sound stays with its picture, trimmed", async () => {
    make("clicks.mp4", { frames: 50, sound: clicks(2, 0.5, 1.5) });
    const whole = await filmOf([{ video: "clicks.mp4" }]);
    expect(loudestAt(whole, 0, 1)).toBeCloseTo(0.5, 2);
    expect(loudestAt(whole, 1, 2)).toBeCloseTo(1.5, 2);
    const part = await filmOf([{ video: { src: "clicks.mp4", trim: { from: 1.2 } } }]);
    expect(loudestAt(part, 0, 0.8)).toBeCloseTo(0.3, 2);
  });

  test.each(["mp4", "mkv"])("sound that begins later or earlier than the picture (%s)", async (kind) => {
    make(`late.${kind}`, { frames: 50, tickRate: 1000, sound: clicks(1, 0.25), soundStart: 0.5 });
    expect(loudestAt(await filmOf([{ video: `late.${kind}` }]), 0, 2)).toBeCloseTo(0.75, 2);
    make(`early.${kind}`, {
      frames: 40,
      tickRate: 1000,
      timeOf: (frame) => frame * 40 + 400,
      sound: clicks(2, 0.7),
    });
    const early = await filmOf([{ video: `early.${kind}` }]);
    expect(numbersOf(early)).toEqual(upTo(40));
    expect(loudestAt(early, 0, 1.6)).toBeCloseTo(0.3, 2);
  });

  test("retimed, the sound keeps its pitch and stays with the picture", async () => {
    const tone = Float32Array.from({ length: RATE * 2 }, (_, at) =>
      at > RATE ? 0.4 * Math.sin((2 * Math.PI * 500 * at) / RATE) : 0,
    );
    make("tone.mp4", { frames: 50, sound: tone });
    const film = await filmOf([{ video: { src: "tone.mp4", retime: "fit" }, duration: 3 }]);
    const samples = film.samples as Float32Array;
    const level = (from: number, to: number): number =>
      samples
        .subarray(from * RATE * 2, to * RATE * 2)
        .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(level(0, 1.4)).toBeLessThan(0.05 * level(1.7, 2.9));
    let crossings = 0;
    for (let at = 1.8 * RATE; at < 2.8 * RATE; at++)
      if ((samples[at * 2] ?? 0) < 0 && (samples[at * 2 + 2] ?? 0) >= 0) crossings += 1;
    expect(crossings).toBeGreaterThan(485);
    expect(crossings).toBeLessThan(515);
  });

  test("under narration it is left out, unless a volume is stated", async () => {
    make("loud.mp4", { frames: 50, sound: clicks(2, 0.6) });
    await studio.wav("speech.wav", { sampleRate: RATE, channels: 1, samples: clicks(1, 0.1) });
    const spoken = { video: "loud.mp4", audio: "speech.wav" };
    const silent = await filmOf([spoken]);
    // The film begins with half a second of air, and so does the narration.
    expect(loudestAt(silent, 0, 1.6)).toBeCloseTo(0.6, 2);
    expect(numbersOf(silent)).toEqual(upTo(50));
    const both = await filmOf([{ ...spoken, video: { src: "loud.mp4", trim: { from: 0.3 }, volume: 1 } }]);
    expect(loudestAt(both, 0.2, 0.45)).toBeCloseTo(0.3, 2);
    expect(loudestAt(both, 0.5, 1)).toBeCloseTo(0.6, 2);
  });
});

describe("refused", () => {
  test("hostile and broken files, each by name", async () => {
    make("sound-track.mp4", { frames: 50, sound: new Float32Array(RATE) });
    const whole = await readFile(studio.at("sound-track.mp4"));
    await studio.write("playlist.mp4", "#EXTM3U\n#EXTINF:1,\nclip.mp4\n");
    await studio.write("concat.mkv", "ffconcat version 1.0\nfile clip.mp4\n");
    await studio.write("noise.mp4", Buffer.alloc(5000, "reelburst"));
    await studio.write("no-index.mp4", whole.subarray(0, whole.indexOf("moov") - 4));
    make("cut.mkv", { frames: 50, tickRate: 1000 });
    const matroska = await readFile(studio.at("cut.mkv"));
    await studio.write("cut.mkv", matroska.subarray(0, matroska.length * 0.6));
    await studio.encoded(
      "sound.m4a",
      { sampleRate: RATE, channels: 1, samples: new Float32Array(RATE) },
      "aac",
    );
    await studio.write("sound.mp4", await readFile(studio.at("sound.m4a")));
    make("huge.mp4", { width: 8320, height: 4352, frames: 1, paint: () => 50 });
    make("hdr.mp4", { colorTransfer: AVCOL_TRC_SMPTE2084 });
    const expected = {
      "playlist.mp4": "FORMAT_NOT_ALLOWED",
      "concat.mkv": "FORMAT_NOT_ALLOWED",
      "noise.mp4": "VIDEO_UNREADABLE",
      "no-index.mp4": "VIDEO_TRUNCATED",
      "cut.mkv": "VIDEO_TRUNCATED",
      "sound.mp4": "VIDEO_NO_PICTURE",
      "huge.mp4": "VIDEO_TOO_LARGE",
      "hdr.mp4": "VIDEO_HDR_UNSUPPORTED",
    };
    const names = Object.keys(expected);
    const error = await studio.renderError({ output: OUTPUT, scenes: names.map((video) => ({ video })) });
    const { problems } = error as { problems: readonly { code: string; path?: string; hint?: string }[] };
    expect(Object.fromEntries(problems.map(({ code }, index) => [names[index], code]))).toEqual(expected);
    expect(problems.every(({ path, hint }, at) => path?.startsWith(`scenes[${at}].video.src`) && hint)).toBe(
      true,
    );
  });

  test("a part beyond the end", async () => {
    for (const trim of [{ from: 2.5 }, { from: 1, to: 9 }]) {
      const error = await studio.renderError({
        output: OUTPUT,
        scenes: [{ video: { src: "clip.mp4", trim } }],
      });
      expect(error).toMatchObject({ code: "TRIM_BEYOND_END" });
    }
  });
});

describe("with everything else", () => {
  test("captions and watermark lie on the video; two runs give the same bytes", async () => {
    await studio.write("talk.srt", "1\n00:00:00,200 --> 00:00:01,600\nOn a video\n");
    await studio.flat("mark.png", [255, 255, 255], 40, 40);
    make("grey.mp4", { frames: 50, paint: () => 60 });
    const input = {
      output: OUTPUT,
      scenes: [{ video: "grey.mp4", subtitles: "talk.srt", captions: "outline" as const }],
      watermark: { src: "mark.png", opacity: 1 },
    };
    const first = await studio.render(input, { cache: "one" });
    const film = decodeFilm(first.output);
    const lit = (frame: number, from: number, to: number): number =>
      (film.frames[frame]?.y ?? new Uint8Array())
        .subarray(from * 320, to * 320)
        .filter((level) => level > 150).length;
    expect(lit(0, 120, 180)).toBe(0);
    expect(lit(25, 120, 180)).toBeGreaterThan(50);
    expect(lit(0, 0, 60)).toBeGreaterThan(100);
    const second = await studio.render(input, { cache: "two", slots: 2 });
    expect((await readFile(second.output)).equals(await readFile(first.output))).toBe(true);
  });

  test("a film of a picture and a video, scene by scene too", async () => {
    await studio.flat("flat.png", [90, 90, 90]);
    const { result } = await studio.render(
      {
        output: { ...OUTPUT, deliver: "both" },
        scenes: [
          { image: "flat.png", duration: 1 },
          { id: "moving", video: "clip.mp4" },
        ],
      },
      { output: "both" },
    );
    expect(result.frames).toBe(75);
    const own = result.scenes.find(({ id }) => id === "moving")?.file ?? "";
    expect(numbersOf(decodeFilm(own))).toEqual(upTo(50));
  });
});

const near = (level: number): unknown => ({
  asymmetricMatch: (found: unknown) => Math.abs(Number(found) - level) <= 3,
  toString: () => `near ${level}`,
});

/** Limited range, 8 bit, through linear R'G'B'. */
function bt601To709(y: number, u: number, v: number): [number, number, number] {
  const [luma, blue, red] = [(y - 16) / 219, (u - 128) / 224, (v - 128) / 224];
  const r = luma + 1.402 * red;
  const b = luma + 1.772 * blue;
  const g = (luma - 0.299 * r - 0.114 * b) / 0.587;
  const out = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return [16 + 219 * out, 128 + (224 * (b - out)) / 1.8556, 128 + (224 * (r - out)) / 1.5748];
}

/** Moves the video's edit list on by some frames, as a phone's trimming does. */
async function hideFirstFrames(name: string, frames: number): Promise<void> {
  const bytes = await readFile(studio.at(name));
  const ticks = (frames * bytes.readUInt32BE(bytes.indexOf("mdhd") + 16)) / 25;
  // Version 0: size, type, flags, count, then duration in the film's clock and the start in the track's.
  const entry = bytes.indexOf("elst") + 4 + 4 + 4;
  const movieScale = bytes.readUInt32BE(bytes.indexOf("mvhd") + 16);
  bytes.writeUInt32BE(bytes.readUInt32BE(entry) - (frames * movieScale) / 25, entry);
  bytes.writeInt32BE(bytes.readInt32BE(entry + 4) + ticks, entry + 4);
  await writeFile(studio.at(name), bytes);
}

/** Writes the matrix of a quarter turn into the video track's header. */
async function turnClockwise(name: string): Promise<void> {
  const bytes = await readFile(studio.at(name));
  const matrix = bytes.indexOf("tkhd") + 4 + 4 + 20 + 8 + 8;
  for (const [at, value] of [0, 0x10000, 0, -0x10000, 0, 0, SIZE.height << 16, 0, 0x40000000].entries())
    bytes.writeInt32BE(value, matrix + at * 4);
  await writeFile(studio.at(name), bytes);
}
