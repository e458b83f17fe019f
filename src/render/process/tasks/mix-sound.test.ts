import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureByEbur128 } from "../../../../test/fixtures/ebur128.ts";
import { babble, noise, type Sound, sine, sound, stereoPcm } from "../../../../test/fixtures/wav.ts";
import { buildSoundPlan, type SoundPlan, type SoundPlanRequest } from "../../audio/sound-plan.ts";
import { AacEncoder } from "../libav/audio-encoder.ts";
import { decodeAudio } from "./decode-audio.ts";
import { mixSound } from "./mix-sound.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "reelburst-mix-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context = { signal: new AbortController().signal, progress() {} };
const limits = { maxDurationSeconds: 3 * 3600, maxOutputBytes: 10e9 };
const file = (name: string) => path.join(folder, name);

/** Stores a sound as PCM; returns what a placement needs. */
function pcm(name: string, source: Sound): { pcm: string; sampleCount: number } {
  writeFileSync(file(name), stereoPcm(source));
  return { pcm: file(name), sampleCount: source.samples.length / source.channels };
}

const plan = (request: Partial<SoundPlanRequest> & { totalSamples: number }): SoundPlan =>
  buildSoundPlan({ voices: [], music: null, loudness: null, ...request });

/** Mixes, then decodes the result through the other task. */
async function mixAndDecode(soundPlan: SoundPlan, bitrate = 192_000) {
  const mixed = await mixSound({ plan: soundPlan, outPath: file("mix.m4a"), bitrate }, context);
  const decoded = await decodeAudio({ path: file("mix.m4a"), outPath: file("mix.pcm"), limits }, context);
  const bytes = readFileSync(file("mix.pcm"));
  return { mixed, decoded, samples: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) };
}

describe("placement", () => {
  it("keeps 200 clicks at their samples through AAC and back", async () => {
    const click = pcm(
      "click.pcm",
      sound(48_000, 1, 201, (frame) => {
        const distance = frame - 100;
        return 0.7 * Math.exp(-((distance / 20) ** 2)) * Math.cos(distance / 5);
      }),
    );
    // Steps of a prime: every place within an AAC frame is met.
    const places = Array.from({ length: 200 }, (_, i) => 997 + i * 2_903);
    const totalSamples = 997 + 200 * 2_903 + 13;
    const voices = places.map((startSample) => ({ ...click, startSample, volume: 1 }));
    const { mixed, decoded, samples } = await mixAndDecode(plan({ totalSamples, voices }));
    expect([mixed.totalSamples, decoded.sampleCount]).toEqual([totalSamples, totalSamples]);
    const errors = places.map((place) => {
      let best = place;
      for (let i = place; i < place + 201; i++) {
        if ((samples[i * 2] as number) > (samples[best * 2] as number)) best = i;
      }
      return Math.abs(best - place - 100);
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(1);
  });

  it.each([1, 500, 1_024, 48_001])("is exactly %i samples long", async (totalSamples) => {
    const voice = { ...pcm("short.pcm", sine(48_000, 1, 48_001, 440, 0.3)), startSample: 0, volume: 1 };
    const { decoded } = await mixAndDecode(plan({ totalSamples, voices: [voice], loudness: -14 }));
    expect(decoded.sampleCount).toBe(totalSamples);
  });

  it("is as exact with FFmpeg's own encoder, for builds without libfdk", async () => {
    const samples = new Float32Array(10_007 * 2);
    samples[5_000 * 2] = 0.9;
    const encoder = new AacEncoder(file("own.m4a"), 192_000, ["aac"]);
    encoder.push(samples, 0, 10_007);
    encoder.finish();
    const decoded = await decodeAudio({ path: file("own.m4a"), outPath: file("own.pcm"), limits }, context);
    const bytes = readFileSync(file("own.pcm"));
    const back = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect([encoder.name, decoded.sampleCount]).toEqual(["aac", 10_007]);
    expect(back.indexOf(back.reduce((top, value) => Math.max(top, value), 0)) >> 1).toBe(5_000);
  });
});

describe("loudness", () => {
  const speech = babble(48_000, 48_000 * 12, 0.25);
  // The odd plosive makes peaks 12 dB over the rest: the limiter has to work.
  const plosive = sound(
    48_000,
    1,
    48_000 * 12,
    (frame) => (speech.samples[frame] as number) * (frame % 30_000 < 400 ? 4 : 0.6),
  );

  it.each([
    ["speech", speech, 192_000],
    ["speech with hard peaks", plosive, 192_000],
    ["speech with hard peaks at few bits", plosive, 96_000],
    ["loud noise", noise(48_000, 2, 48_000 * 6, 0.9), 128_000],
    ["a whisper", babble(48_000, 48_000 * 6, 0.03), 192_000],
  ])("brings %s to -14 LUFS under -1 dBTP, by FFmpeg's meter", async (_, source, bitrate) => {
    const voice = pcm("voice.pcm", source);
    const { mixed } = await mixAndDecode(
      plan({
        totalSamples: voice.sampleCount,
        voices: [{ ...voice, startSample: 0, volume: 1 }],
        loudness: -14,
      }),
      bitrate,
    );
    const measured = measureByEbur128(file("mix.pcm"));
    expect(Math.abs(measured.lufs + 14)).toBeLessThan(0.5);
    expect(Math.abs(measured.lufs - (mixed.integratedLufs as number))).toBeLessThan(0.1);
    expect(measured.truePeakDb).toBeLessThanOrEqual(-0.9);
    expect(mixed.truePeakDb).toBeLessThanOrEqual(-1);
    expect(Math.abs(measured.truePeakDb - (mixed.truePeakDb as number))).toBeLessThan(0.2);
  });

  it("leaves the level alone without a target, but not the peaks", async () => {
    const voice = pcm("voice.pcm", sine(48_000, 1, 96_000, 997, 0.25));
    const quiet = plan({ totalSamples: 96_000, voices: [{ ...voice, startSample: 0, volume: 1 }] });
    const { mixed } = await mixAndDecode(quiet);
    expect(mixed.gainDb).toBe(0);
    expect(mixed.integratedLufsBefore).toBeCloseTo(20 * Math.log10(0.25), 1);
    expect(mixed.integratedLufs).toBeCloseTo(20 * Math.log10(0.25), 1);
    const loud = await mixAndDecode(
      plan({ totalSamples: 96_000, voices: [{ ...voice, startSample: 0, volume: 6 }] }),
    );
    expect(loud.mixed.truePeakDb).toBeLessThanOrEqual(-1);
    expect(loud.mixed.truePeakDb).toBeGreaterThan(-2.5);
  });

  it("keeps ducked music 19 dB under speech in the finished film", async () => {
    const voice = pcm("voice.pcm", sine(48_000, 1, 48_000 * 4, 700, 0.3));
    const music = pcm("music.pcm", sine(48_000, 2, 48_000 * 3, 2_000, 0.8));
    const { samples } = await mixAndDecode(
      plan({
        totalSamples: 48_000 * 10,
        voices: [{ ...voice, startSample: 48_000, volume: 1 }],
        music: { ...music, volume: 0.15, duck: true, loop: true, fadeInSeconds: 0.2, fadeOutSeconds: 0.2 },
        loudness: -14,
      }),
    );
    const level = (frequency: number, from: number) => toneDb(samples, frequency, 48_000 * from, 24_000);
    // K-weighting adds 2.4 dB at 2 kHz against 700 Hz.
    expect(level(700, 2) - level(2_000, 2)).toBeGreaterThan(19);
    expect(level(700, 2) - level(2_000, 2)).toBeLessThan(22.5);
    expect(level(2_000, 8) - level(2_000, 2)).toBeCloseTo(7, 0);
    expect(level(2_000, 8)).toBeCloseTo(level(2_000, 7), 1);
  });
});

/** Level of one frequency in the left channel (a Goertzel bin) in dBFS. */
function toneDb(samples: Float32Array, frequency: number, from: number, count: number): number {
  let re = 0;
  let im = 0;
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * frequency * i) / 48_000;
    re += (samples[(from + i) * 2] as number) * Math.cos(angle);
    im += (samples[(from + i) * 2] as number) * Math.sin(angle);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / count);
}

describe("the file", () => {
  it("is a valid silent stream when there is nothing to hear", async () => {
    const { mixed, decoded } = await mixAndDecode(plan({ totalSamples: 100_000, loudness: -14 }));
    expect(mixed).toMatchObject({
      integratedLufs: null,
      integratedLufsBefore: null,
      truePeakDb: null,
      gainDb: 0,
    });
    expect(mixed.silentSpans).toEqual([{ startSample: 0, sampleCount: 96_000 }]);
    expect([decoded.sampleCount, decoded.silent, decoded.codec]).toEqual([100_000, true, "aac"]);
  });

  it("has the same bytes for the same plan", async () => {
    const voice = pcm("voice.pcm", babble(48_000, 100_000, 0.5));
    const music = pcm("music.pcm", noise(48_000, 2, 48_000, 0.2));
    const soundPlan = plan({
      totalSamples: 150_000,
      voices: [{ ...voice, startSample: 24_000, volume: 1 }],
      music: { ...music, volume: 0.15, duck: true, loop: true, fadeInSeconds: 1, fadeOutSeconds: 1 },
      loudness: -14,
    });
    for (const name of ["a.m4a", "b.m4a"])
      await mixSound({ plan: soundPlan, outPath: file(name), bitrate: 192_000 }, context);
    expect(readFileSync(file("a.m4a")).equals(readFileSync(file("b.m4a")))).toBe(true);
    expect(readFileSync(file("a.m4a")).includes("Lav")).toBe(false);
  });

  it("leaves nothing behind when aborted or when its input is missing", async () => {
    const voice = pcm("voice.pcm", babble(48_000, 48_000 * 20, 0.5));
    const soundPlan = plan({
      totalSamples: 48_000 * 20,
      voices: [{ ...voice, startSample: 0, volume: 1 }],
      loudness: -14,
    });
    const before = readdirSync(folder).length;
    for (const stopAt of [0.1, 0.4, 0.7, 0.95]) {
      const abort = new AbortController();
      const progress = (done: number, total: number) => {
        if (done / total > stopAt) abort.abort();
      };
      const request = { plan: soundPlan, outPath: file("aborted.m4a"), bitrate: 192_000 };
      await expect(mixSound(request, { signal: abort.signal, progress })).rejects.toMatchObject({
        code: "ABORTED",
      });
      expect(existsSync(file("aborted.m4a"))).toBe(false);
    }
    writeFileSync(file("voice.pcm"), Buffer.alloc(800));
    const short = mixSound({ plan: soundPlan, outPath: file("aborted.m4a"), bitrate: 192_000 }, context);
    await expect(short).rejects.toMatchObject({ code: "SOUND_PCM_SHORT" });
    expect(readdirSync(folder).length).toBe(before);
  });

  it("needs no more memory for a longer film", async () => {
    const voice = pcm("voice.pcm", babble(48_000, 48_000, 0.5));
    const music = pcm("music.pcm", noise(48_000, 2, 48_000, 0.2));
    const peakOf = async (seconds: number) => {
      let top = 0;
      const progress = () => {
        const { external, arrayBuffers, heapUsed } = process.memoryUsage();
        top = Math.max(top, external + arrayBuffers + heapUsed);
      };
      const soundPlan = plan({
        totalSamples: 48_000 * seconds,
        voices: Array.from({ length: seconds / 2 }, (_, i) => ({
          ...voice,
          startSample: i * 96_000,
          volume: 1,
        })),
        music: { ...music, volume: 0.15, duck: true, loop: true, fadeInSeconds: 1, fadeOutSeconds: 1 },
        loudness: -14,
      });
      await mixSound(
        { plan: soundPlan, outPath: file("long.m4a"), bitrate: 128_000 },
        { ...context, progress },
      );
      return top;
    };
    await peakOf(10);
    const short = await peakOf(10);
    // 110 s more would be 42 MB of PCM.
    expect((await peakOf(120)) - short).toBeLessThan(34e6);
  }, 30_000);
});
