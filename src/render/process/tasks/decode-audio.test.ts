import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeAudio, type TestEncoder } from "../../../../test/fixtures/encode-audio.ts";
import { noise, type Sound, sine, sound, wavFile } from "../../../../test/fixtures/wav.ts";
import { decodeAudio } from "./decode-audio.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "reelburst-audio-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context = { signal: new AbortController().signal, progress() {} };
const limits = { maxDurationSeconds: 3 * 3600, maxOutputBytes: 10e9 };

const file = (name: string) => path.join(folder, name);

function put(name: string, content: Buffer | string): string {
  writeFileSync(file(name), content);
  return file(name);
}

async function decode(name: string, own: Partial<typeof limits> = {}) {
  const outPath = file("out.pcm");
  const result = await decodeAudio({ path: file(name), outPath, limits: { ...limits, ...own } }, context);
  const bytes = readFileSync(outPath);
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  expect(samples.length).toBe(result.sampleCount * 2);
  return { ...result, samples };
}

async function failure(name: string, own: Partial<typeof limits> = {}) {
  const error = await decode(name, own).then(
    () => null,
    (thrown) => thrown,
  );
  expect(existsSync(file("out.pcm"))).toBe(false);
  return error;
}

/** Sample with the largest value in left around each expected place. */
function clickErrors(samples: Float32Array, places: readonly number[]): number[] {
  return places.map((place) => {
    let best = place - 400;
    for (let i = place - 400; i <= place + 400; i++) {
      if (Math.abs(samples[i * 2] ?? 0) > Math.abs(samples[best * 2] ?? 0)) best = i;
    }
    return Math.abs(best - place);
  });
}

/** A short tone burst with its top in the middle, which codecs keep in place. */
function clicks(sampleRate: number, channels: number, frames: number, places: readonly number[]): Sound {
  return sound(sampleRate, channels, frames, (frame) => {
    const nearest =
      places[Math.round((frame - (places[0] as number)) / ((places[1] as number) - (places[0] as number)))];
    const distance = frame - (nearest ?? -1e9);
    return 0.8 * Math.exp(-((distance / 12) ** 2)) * Math.cos(distance / 4);
  });
}

describe("lengths and places", () => {
  const places = Array.from({ length: 40 }, (_, i) => 1_500 + i * 2_401);

  it.each<[string, TestEncoder | null, number]>([
    ["wav", null, 0],
    ["flac", "flac", 0],
    ["mp3", "libmp3lame", 0],
    ["m4a", "aac", 0],
    ["m4a", "libfdk_aac", 0],
    ["opus", "libopus", 0],
    ["ogg", "libvorbis", 0],
  ])("%s (%s) comes back with every sample at its place", async (extension, encoder) => {
    const source = clicks(48_000, 1, 100_001, places);
    const name = `exact-${encoder}.${extension}`;
    if (encoder === null) put(name, wavFile(source));
    else encodeAudio(source, encoder, file(name), 128_000);
    const result = await decode(name);
    expect(result.sampleCount).toBe(100_001);
    expect(Math.max(...clickErrors(result.samples, places))).toBeLessThanOrEqual(1);
    expect(result.warnings).toEqual([]);
  });

  it.each([
    [44_100, "mp3", "libmp3lame"],
    [44_100, "m4a", "aac"],
    [22_050, "flac", "flac"],
    [8_000, "flac", "flac"],
  ] as const)("%i Hz %s is resampled in place", async (rate, extension, encoder) => {
    const own = Array.from({ length: 15 }, (_, i) => 1_000 + i * 500);
    encodeAudio(clicks(rate, 2, 8_777, own), encoder, file(`rate.${extension}`), 128_000);
    const result = await decode(`rate.${extension}`);
    expect(Math.abs(result.sampleCount - (8_777 * 48_000) / rate)).toBeLessThanOrEqual(1);
    const expected = own.map((place) => Math.round((place * 48_000) / rate));
    expect(Math.max(...clickErrors(result.samples, expected))).toBeLessThanOrEqual(1);
    expect([result.sourceSampleRate, result.sourceChannels]).toEqual([rate, 2]);
  });
});

describe("channels and levels", () => {
  it("gives mono to both sides at full level", async () => {
    put("mono.wav", wavFile(sine(48_000, 1, 48_000, 440, 0.5)));
    const { samples, peak, rmsDb } = await decode("mono.wav");
    expect(peak).toBeCloseTo(0.5, 3);
    expect(rmsDb).toBeCloseTo(20 * Math.log10(0.5 / Math.SQRT2), 2);
    expect(samples.every((value, i) => value === samples[i ^ 1])).toBe(true);
  });

  it("keeps float samples above full scale and replaces those that are none", async () => {
    const source = sound(48_000, 2, 1_000, (frame) =>
      frame === 500 ? Number.NaN : frame === 600 ? 1e30 : 1.5,
    );
    put("float.wav", wavFile(source, { float: true }));
    const { samples, warnings } = await decode("float.wav");
    expect([samples[0], samples[1_000], samples[1_200]]).toEqual([1.5, 0, 16]);
    expect(warnings.map((warning) => warning.code)).toEqual(["AUDIO_DAMAGED"]);
  });

  it("folds 5.1 down without passing full scale", async () => {
    encodeAudio(
      sound(48_000, 6, 48_000, () => 0.99),
      "flac",
      file("surround.flac"),
    );
    const full = await decode("surround.flac");
    expect(full.sourceChannels).toBe(6);
    expect(full.peak).toBeLessThanOrEqual(1);
    expect(full.peak).toBeGreaterThan(0.9);
    encodeAudio(
      sound(48_000, 6, 48_000, (_, channel) => (channel === 2 ? 0.8 : 0)),
      "flac",
      file("centre.flac"),
    );
    const { samples } = await decode("centre.flac");
    expect(samples[20_000]).toBeCloseTo(0.8 * (Math.SQRT1_2 / (1 + 2 * Math.SQRT1_2)), 3);
    expect(samples[20_001]).toBe(samples[20_000]);
  });

  it("says that a silent file is silent", async () => {
    put("silent.wav", wavFile(sine(48_000, 1, 48_000, 440, 0)));
    const result = await decode("silent.wav");
    expect([result.silent, result.peak, result.rmsDb]).toEqual([true, 0, -200]);
    expect(result.warnings.map((warning) => warning.code)).toEqual(["AUDIO_SILENT"]);
  });
});

describe("files that are not what they seem", () => {
  it.each([
    ["HLS", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nmono.wav\n#EXT-X-ENDLIST\n"],
    ["ffconcat", "ffconcat version 1.0\nfile mono.wav\n"],
    ["DASH", "<?xml version='1.0'?><MPD></MPD>"],
  ])("refuses %s text named .mp3", async (_, text) => {
    put("list.mp3", text);
    expect((await failure("list.mp3")).code).toBe("FORMAT_NOT_ALLOWED");
  });

  it("refuses a real container outside the list", async () => {
    // Sun .au: a valid sound file that no door expects.
    const header = Buffer.from(".snd\0\0\0\x18\0\0\x10\0\0\0\0\x03\0\0\xbb\x80\0\0\0\x01", "latin1");
    put("other.wav", Buffer.concat([header, Buffer.alloc(4096)]));
    expect((await failure("other.wav")).code).toBe("FORMAT_NOT_ALLOWED");
  });

  it("takes protocols and patterns in names literally", async () => {
    for (const name of ["concat:mono.wav|mono.wav", "%03d.wav", "missing.wav"]) {
      expect((await failure(name)).code).toBe("AUDIO_UNREADABLE");
    }
    put("a %d|b' [x].wav", wavFile(sine(48_000, 1, 5_000, 440, 0.5)));
    expect((await decode("a %d|b' [x].wav")).sampleCount).toBe(5_000);
  });

  it("reads a mislabelled file and says so", async () => {
    put("really-wav.mp3", wavFile(sine(48_000, 1, 5_000, 440, 0.5)));
    const result = await decode("really-wav.mp3");
    expect(result.sampleCount).toBe(5_000);
    expect(result.warnings.map((warning) => warning.code)).toEqual(["AUDIO_MISLABELLED"]);
  });

  it("refuses what is no sound, with path and hint", async () => {
    put("text.mp3", "Dear diary,\n".repeat(500));
    put("noise.mp3", Buffer.from(noise(48_000, 1, 20_000, 1).samples.buffer));
    put("empty.mp3", "");
    for (const name of ["text.mp3", "noise.mp3", "empty.mp3"]) {
      const error = await failure(name);
      expect(error.code).toBe("AUDIO_UNREADABLE");
      expect(error.path).toBe(file(name));
      expect(error.hint).toContain("mp3, wav");
    }
  });
});

describe("damage and limits", () => {
  it.each<[string, TestEncoder | null]>([
    ["wav", null],
    ["flac", "flac"],
    ["mp3", "libmp3lame"],
    ["opus", "libopus"],
  ])("refuses a %s file that is cut off", async (extension, encoder) => {
    const source = noise(48_000, 1, 96_000, 0.3);
    const name = `cut.${extension}`;
    if (encoder === null) put(name, wavFile(source));
    else encodeAudio(source, encoder, file(name), 128_000);
    const whole = readFileSync(file(name));
    put(name, whole.subarray(0, Math.round(whole.length * 0.6)));
    expect((await failure(name)).code).toBe("AUDIO_TRUNCATED");
  });

  it("refuses an m4a file that lost its index", async () => {
    encodeAudio(noise(48_000, 1, 48_000, 0.3), "aac", file("cut.m4a"), 128_000);
    const whole = readFileSync(file("cut.m4a"));
    put("cut.m4a", whole.subarray(0, whole.length >> 1));
    expect((await failure("cut.m4a")).code).toBe("AUDIO_TRUNCATED");
  });

  it.each([
    ["a sample rate of 1 Hz", 1, 1],
    ["a sample rate of 2 GHz", 2_000_000_000, 1],
    ["255 channels", 48_000, 255],
  ])("refuses a header with %s", async (_, sampleRate, channels) => {
    const bytes = wavFile(sine(48_000, 1, 5_000, 440, 0.5));
    bytes.writeUInt16LE(channels, 22);
    bytes.writeUInt32LE(sampleRate, 24);
    put("forged.wav", bytes);
    expect((await failure("forged.wav")).code).toBe("AUDIO_UNREADABLE");
  });

  it("ignores the cover picture of an mp3", async () => {
    encodeAudio(noise(48_000, 1, 30_000, 0.3), "libmp3lame", file("cover.mp3"), 128_000);
    const plain = readFileSync(file("cover.mp3"));
    const picture = Buffer.concat([Buffer.from("\0image/jpeg\0\x03\0", "latin1"), Buffer.alloc(100, 1)]);
    const tag = Buffer.concat([
      Buffer.from([..."APIC"].map((letter) => letter.charCodeAt(0))),
      Buffer.from([0, 0, 0, picture.length, 0, 0]),
      picture,
    ]);
    const header = Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, tag.length >> 7, tag.length & 127]);
    put("cover.mp3", Buffer.concat([header, tag, plain.subarray(plain.indexOf(Buffer.from([0xff, 0xfb])))]));
    const result = await decode("cover.mp3");
    expect([result.sampleCount, result.warnings]).toEqual([30_000, []]);
  });

  it("reports damage in the middle", async () => {
    encodeAudio(noise(48_000, 1, 96_000, 0.3), "libfdk_aac", file("scratched.m4a"), 128_000);
    const bytes = readFileSync(file("scratched.m4a"));
    bytes.fill(0xff, 9_000, 10_200);
    put("scratched.m4a", bytes);
    const result = await decode("scratched.m4a");
    expect(result.warnings.map((warning) => warning.code)).toContain("AUDIO_DAMAGED");
  });

  it("reads a header written to a pipe and says that its end cannot be checked", async () => {
    put("piped.wav", wavFile(sine(24_000, 1, 24_000, 440, 0.5), { statedBytes: 0xffffffff }));
    const result = await decode("piped.wav");
    expect(result.sampleCount).toBe(48_000);
    expect(result.warnings.map((warning) => warning.code)).toEqual(["AUDIO_LENGTH_UNSTATED"]);
  });

  it("stops at the limits, stated or not", async () => {
    encodeAudio(sine(48_000, 1, 48_000 * 20, 440, 0), "flac", file("long.flac"));
    expect((await failure("long.flac", { maxDurationSeconds: 10 })).code).toBe("AUDIO_TOO_LONG");
    put("long.wav", wavFile(sine(48_000, 1, 48_000 * 20, 440, 0.1), { statedBytes: 0xffffffff }));
    expect((await failure("long.wav", { maxDurationSeconds: 10 })).code).toBe("AUDIO_TOO_LONG");
    expect((await failure("long.wav", { maxOutputBytes: 48_000 })).code).toBe("AUDIO_TOO_LONG");
  });

  it("stops between blocks when aborted and leaves nothing behind", async () => {
    put("minute.wav", wavFile(sine(8_000, 1, 8_000 * 60, 440, 0.1)));
    const abort = new AbortController();
    let seen = 0;
    const progress = (done: number) => {
      seen = done;
      if (done > 48_000 * 5) abort.abort();
    };
    const request = { path: file("minute.wav"), outPath: file("aborted.pcm"), limits };
    await expect(decodeAudio(request, { signal: abort.signal, progress })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(seen).toBeLessThan(48_000 * 10);
    expect(existsSync(file("aborted.pcm"))).toBe(false);
  });
});
