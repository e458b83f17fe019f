import { describe, expect, it } from "vitest";
import { babble, sine, stereoPcm } from "../../../test/fixtures/wav.ts";
import { LoudnessMeter } from "./loudness.ts";

function samplesOf(buffer: Buffer): Float32Array {
  return new Float32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
}

function measure(samples: Float32Array, blockSamples = 4096): LoudnessMeter {
  const meter = new LoudnessMeter();
  for (let at = 0; at < samples.length; at += blockSamples * 2) {
    const block = samples.subarray(at, at + blockSamples * 2);
    meter.push(block, block.length / 2);
  }
  return meter;
}

describe("LoudnessMeter", () => {
  it("reads a full-scale 997 Hz sine in both channels as 0 LUFS, as BS.1770-4 defines", () => {
    expect(measure(samplesOf(stereoPcm(sine(48_000, 2, 96_000, 997, 1)))).integrated()).toBeCloseTo(0, 2);
  });

  it("does not depend on how the sound is cut into blocks", () => {
    const samples = samplesOf(stereoPcm(babble(48_000, 150_000, 0.5)));
    const whole = measure(samples, 150_000).integrated() as number;
    expect(measure(samples, 777).integrated()).toBeCloseTo(whole, 9);
  });

  it("leaves pauses out of the loudness", () => {
    const tone = samplesOf(stereoPcm(sine(48_000, 2, 240_000, 997, 0.1)));
    const withPause = new Float32Array(tone.length * 3);
    withPause.set(tone);
    const alone = measure(tone).integrated() as number;
    expect(Math.abs((measure(withPause).integrated() as number) - alone)).toBeLessThan(0.2);
  });

  it("says null for silence and for less than 400 ms", () => {
    expect(measure(new Float32Array(96_000 * 2)).integrated()).toBeNull();
    expect(measure(samplesOf(stereoPcm(sine(48_000, 2, 9_600, 997, 1)))).integrated()).toBeNull();
  });

  it("finds silent stretches to the tenth of a second", () => {
    const samples = new Float32Array(48_000 * 6 * 2);
    samples.set(samplesOf(stereoPcm(sine(48_000, 2, 48_000, 997, 0.5))));
    samples.set(samplesOf(stereoPcm(sine(48_000, 2, 48_000, 997, 0.5))), 48_000 * 5 * 2);
    const [span, ...rest] = measure(samples).silentSpans(10);
    expect(rest).toEqual([]);
    // The K-filter rings on for a moment after the tone.
    expect(span?.startSample).toBeGreaterThanOrEqual(48_000);
    expect(span?.startSample).toBeLessThanOrEqual(48_000 + 9_600);
    expect((span?.startSample ?? 0) + (span?.sampleCount ?? 0)).toBe(48_000 * 5);
  });

  it("gives a steady tone one loudness at all times, and no range", () => {
    const { curve, ...course } = measure(samplesOf(stereoPcm(sine(48_000, 2, 240_000, 997, 0.1)))).course();
    expect(course).toEqual({ maxMomentaryLufs: -20, maxShortTermLufs: -20, rangeLu: 0 });
    expect(curve).toEqual([-20, -20, -20, -20, -20]);
  });

  it("gives as range what lies between a quiet and a loud half", () => {
    const samples = new Float32Array(48_000 * 40 * 2);
    samples.set(samplesOf(stereoPcm(sine(48_000, 2, 48_000 * 20, 997, 0.1))));
    samples.set(samplesOf(stereoPcm(sine(48_000, 2, 48_000 * 20, 997, 0.05))), 48_000 * 20 * 2);
    const { rangeLu, maxShortTermLufs, curve } = measure(samples).course();
    expect(rangeLu).toBeCloseTo(6, 1);
    expect(maxShortTermLufs).toBe(-20);
    expect([curve[5], curve[35]]).toEqual([-20, -26]);
  });

  it("has no figure for silence, nor for less than it takes", () => {
    expect(measure(new Float32Array(48_000 * 4 * 2)).course()).toEqual({
      maxMomentaryLufs: null,
      maxShortTermLufs: null,
      rangeLu: null,
      curve: [null, null, null, null],
    });
    const short = measure(samplesOf(stereoPcm(sine(48_000, 2, 48_000, 997, 0.1)))).course();
    expect(short).toEqual({ maxMomentaryLufs: -20, maxShortTermLufs: null, rangeLu: null, curve: [-20] });
  });
});
