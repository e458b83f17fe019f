import { describe, expect, it } from "vitest";
import type { Sound } from "../../../test/fixtures/wav.ts";
import { noise, sine, sound, stereoPcm } from "../../../test/fixtures/wav.ts";
import { toDecibels } from "./levels.ts";
import { BLOCK_SAMPLES, type ForEachBlock, prepareMixer } from "./mixer.ts";
import { LOOP_OVERLAP_SAMPLES } from "./music-bed.ts";
import { memoryPcm } from "./pcm-source.ts";
import { buildSoundPlan, type SoundPlanRequest } from "./sound-plan.ts";

const everyBlock: ForEachBlock = async (total, visit) => {
  for (let at = 0; at < total; at += BLOCK_SAMPLES) visit(at, Math.min(BLOCK_SAMPLES, total - at));
};

/** Mixes the plan and returns the left channel. */
async function mix(
  request: Partial<SoundPlanRequest> & { totalSamples: number },
  sounds: Readonly<Record<string, Sound>>,
): Promise<Float32Array> {
  const plan = buildSoundPlan({ voices: [], music: null, loudness: null, ...request });
  const mixer = await prepareMixer(
    plan,
    (name) => {
      const pcm = stereoPcm(sounds[name] as Sound);
      return memoryPcm(new Float32Array(pcm.buffer, pcm.byteOffset, pcm.length / 4));
    },
    everyBlock,
  );
  const left = new Float32Array(request.totalSamples);
  const block = new Float32Array(BLOCK_SAMPLES * 2);
  await everyBlock(request.totalSamples, (start, count) => {
    mixer.mix(start, count, block);
    for (let i = 0; i < count; i++) left[start + i] = block[i * 2] as number;
  });
  return left;
}

function largestStep(samples: Float32Array, from: number, to: number): number {
  let step = 0;
  for (let i = from + 1; i < to; i++)
    step = Math.max(step, Math.abs((samples[i] as number) - (samples[i - 1] as number)));
  return step;
}

function rmsDb(samples: Float32Array, from: number, to: number): number {
  return toDecibels(
    Math.sqrt(samples.slice(from, to).reduce((sum, value) => sum + value * value, 0) / (to - from)),
  );
}

const music = { pcm: "music", volume: 0.15, duck: false, loop: true, fadeInSeconds: 0, fadeOutSeconds: 0 };

describe("voices", () => {
  it("stand at their sample with their gain, unchanged where they begin and end in silence", async () => {
    const voice = sound(48_000, 1, 2_000, (frame) =>
      frame > 100 && frame < 1_900 ? 0.3 * Math.sin(frame) : 0,
    );
    const out = await mix(
      { totalSamples: 30_000, voices: [{ pcm: "a", startSample: 12_345, sampleCount: 2_000, volume: 0.5 }] },
      { a: voice },
    );
    for (let i = 0; i < 30_000; i++) {
      const expected = i >= 12_345 && i < 14_345 ? 0.5 * (voice.samples[i - 12_345] as number) : 0;
      expect(Math.abs((out[i] as number) - expected)).toBeLessThan(1e-7);
    }
  });

  it("are faded over 5 ms where they begin or end loudly, and only there", async () => {
    const out = await mix(
      { totalSamples: 30_000, voices: [{ pcm: "a", startSample: 10_000, sampleCount: 9_000, volume: 1 }] },
      { a: sound(48_000, 1, 9_000, () => 0.5) },
    );
    expect(largestStep(out, 9_990, 19_010)).toBeLessThan(0.5 * (Math.PI / 2 / 240) * 1.1);
    expect([out[10_240], out[15_000], out[18_759]]).toEqual([0.5, 0.5, 0.5]);
    expect(out[18_990]).toBeLessThan(0.01);
  });

  it("end with the film", async () => {
    const out = await mix(
      { totalSamples: 12_000, voices: [{ pcm: "a", startSample: 10_000, sampleCount: 9_000, volume: 1 }] },
      { a: sound(48_000, 1, 9_000, () => 0.5) },
    );
    expect(out[11_999]).toBeLessThan(0.01);
    expect(out[11_700]).toBe(0.5);
  });
});

describe("music", () => {
  it("loops a tone without a step or a swell, though its ends do not meet", async () => {
    // 440.37 Hz: after 100,000 samples the phase is anywhere.
    const tone = sine(48_000, 1, 100_000, 440.37, 0.5);
    const out = await mix(
      { totalSamples: 400_000, music: { ...music, volume: 1, sampleCount: 100_000 } },
      { music: tone },
    );
    const natural = 0.5 * 2 * Math.sin((Math.PI * 440.37) / 48_000);
    expect(largestStep(out, 1_000, 399_000)).toBeLessThan(natural * 1.1);
    const period = 100_000 - LOOP_OVERLAP_SAMPLES;
    for (const seam of [period, 2 * period, 3 * period]) {
      expect(Math.max(...out.slice(seam, seam + LOOP_OVERLAP_SAMPLES).map(Math.abs))).toBeLessThan(0.51);
    }
  });

  it("keeps its power across the seam when the ends are unlike", async () => {
    const hiss = noise(48_000, 1, 60_000, 0.5);
    const out = await mix(
      { totalSamples: 240_000, music: { ...music, volume: 1, sampleCount: 60_000 } },
      { music: hiss },
    );
    const seam = 60_000 - LOOP_OVERLAP_SAMPLES;
    expect(rmsDb(out, seam, seam + LOOP_OVERLAP_SAMPLES)).toBeCloseTo(rmsDb(out, 10_000, 50_000), 0);
    expect(out.slice(seam + LOOP_OVERLAP_SAMPLES, seam + 50_000)).toEqual(
      out.slice(LOOP_OVERLAP_SAMPLES, 50_000),
    );
  });

  it("leaves silence at the file's ends out of the loop", async () => {
    const padded = sound(48_000, 1, 60_000, (frame) =>
      frame > 9_000 && frame < 50_000 ? 0.4 * Math.sin(frame / 10) : 0,
    );
    const out = await mix(
      { totalSamples: 200_000, music: { ...music, volume: 1, sampleCount: 60_000 } },
      { music: padded },
    );
    for (let at = 2_000; at + 2_400 < 198_000; at += 2_400)
      expect(rmsDb(out, at, at + 2_400)).toBeGreaterThan(-16);
  });

  it("plays once and fades at its own end when it does not loop", async () => {
    const out = await mix(
      {
        totalSamples: 150_000,
        music: {
          ...music,
          volume: 1,
          loop: false,
          fadeInSeconds: 0.5,
          fadeOutSeconds: 0.5,
          sampleCount: 100_000,
        },
      },
      { music: sound(48_000, 1, 100_000, () => 0.5) },
    );
    expect(
      [out[0], out[99_999], out[100_000], out[149_999]].map((value) => (value as number) < 1e-6),
    ).toEqual([true, true, true, true]);
    expect(out[12_000]).toBeCloseTo(0.25, 3);
    expect(out[50_000]).toBe(0.5);
    expect(out[88_000]).toBeCloseTo(0.25, 3);
  });

  it("sits 19 dB under speech and rises to 12 dB under it in a long pause", async () => {
    const voice = sine(48_000, 1, 48_000 * 4, 997, 0.3);
    const request = {
      totalSamples: 48_000 * 14,
      voices: [
        { pcm: "voice", startSample: 48_000, sampleCount: 48_000 * 4, volume: 1 },
        { pcm: "voice", startSample: 48_000 * 9, sampleCount: 48_000 * 4, volume: 1 },
      ],
      music: { ...music, duck: true, sampleCount: 48_000 * 3 },
    };
    const sounds = { voice, music: sine(48_000, 1, 48_000 * 3, 997, 0.9) };
    const whole = await mix(request, sounds);
    const speechOnly = await mix({ ...request, music: null }, sounds);
    const bed = whole.map((value, i) => value - (speechOnly[i] as number));
    const at = (seconds: number, length = 0.4) => rmsDb(bed, 48_000 * seconds, 48_000 * (seconds + length));
    const speech = rmsDb(speechOnly, 48_000 * 2, 48_000 * 4);
    // Both are 997 Hz, so their loudness differs as their level does, but for blocks that straddle an edge.
    expect(Math.abs(speech - at(2) - 19)).toBeLessThan(0.6);
    expect(Math.abs(speech - at(6.5) - 12)).toBeLessThan(0.6);
    expect(Math.abs(speech - at(9.02) - 19)).toBeLessThan(0.6);
    expect(Math.abs(speech - at(8.4) - 12)).toBeLessThan(0.6);
  });
});
