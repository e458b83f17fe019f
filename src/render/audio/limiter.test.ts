import { describe, expect, it } from "vitest";
import type { Sound } from "../../../test/fixtures/wav.ts";
import { babble, noise, sine, sound, stereoPcm } from "../../../test/fixtures/wav.ts";
import { LIMITER_DELAY_SAMPLES, TruePeakLimiter } from "./limiter.ts";
import { TruePeakMeter } from "./true-peak.ts";

function samplesOf(source: Sound): Float32Array {
  const pcm = stereoPcm(source);
  return new Float32Array(pcm.buffer, pcm.byteOffset, pcm.length / 4);
}

function limit(samples: Float32Array, ceiling: number, blockSamples: number): Float32Array {
  const padded = new Float32Array(samples.length + LIMITER_DELAY_SAMPLES * 2);
  padded.set(samples);
  const limiter = new TruePeakLimiter(ceiling);
  for (let at = 0; at < padded.length; at += blockSamples * 2) {
    const block = padded.subarray(at, at + blockSamples * 2);
    limiter.process(block, block.length / 2);
  }
  return padded.subarray(LIMITER_DELAY_SAMPLES * 2);
}

function truePeak(samples: Float32Array): number {
  const meter = new TruePeakMeter();
  for (let at = 0; at < samples.length; at += 2000)
    meter.push(samples.subarray(at, at + 2000), Math.min(1000, (samples.length - at) / 2));
  return meter.finish();
}

describe("TruePeakMeter", () => {
  it("finds the top of a wave between its samples", () => {
    const samples = samplesOf(
      sound(48_000, 2, 48_000, (frame) => {
        const fade = Math.min(1, frame / 4800, (48_000 - frame) / 4800);
        return fade * Math.sin((Math.PI / 2) * frame + Math.PI / 4);
      }),
    );
    expect(truePeak(samples)).toBeCloseTo(1, 2);
    expect(samples.reduce((top, value) => Math.max(top, Math.abs(value)), 0)).toBeLessThan(0.71);
  });

  it("does not depend on block sizes", () => {
    const samples = samplesOf(noise(48_000, 2, 10_000, 0.7));
    const whole = new TruePeakMeter();
    whole.push(samples, 10_000);
    const cut = new TruePeakMeter();
    for (let at = 0; at < 10_000; at += 7) cut.push(samples.subarray(at * 2), Math.min(7, 10_000 - at));
    expect(cut.finish()).toBe(whole.finish());
  });
});

describe("TruePeakLimiter", () => {
  it("passes what stays under the ceiling bit for bit, at the same place", () => {
    const samples = samplesOf(babble(48_000, 30_000, 0.4));
    expect(limit(samples, 0.9, 1000)).toEqual(samples);
  });

  it.each([
    ["noise", noise(48_000, 2, 48_000, 1.6)],
    ["a sine", sine(48_000, 2, 48_000, 5_123, 3)],
    ["bursts", sound(48_000, 2, 48_000, (frame) => (frame % 5000 < 3 ? 2 : 0.05 * Math.sin(frame / 9)))],
    ["a step at the very start", sound(48_000, 2, 4_000, () => 2)],
  ])("keeps %s under the ceiling between samples too", (_, source) => {
    const limited = limit(samplesOf(source), 0.8, 1024);
    // Gain changes within an interpolation filter's length move the peak by a hundredth of a decibel or so.
    expect(truePeak(limited)).toBeLessThan(0.8 * 1.012);
    expect(truePeak(limited)).toBeGreaterThan(0.6);
  });

  it("gives the same for any block size", () => {
    const samples = samplesOf(noise(48_000, 2, 20_000, 1.2));
    expect(limit(samples, 0.8, 9_600)).toEqual(limit(samples, 0.8, 250));
  });

  it("comes back to full level after a peak", () => {
    const samples = samplesOf(
      sound(48_000, 2, 96_000, (frame) => (frame === 10_000 ? 2 : 0.2 * Math.sin(frame / 20))),
    );
    const limited = limit(samples, 0.9, 4_800);
    expect(limited.slice(160_000)).toEqual(samples.slice(160_000));
    expect(limited.slice(0, 19_000)).toEqual(samples.slice(0, 19_000));
  });
});
