import { describe, expect, it } from "vitest";
import { duckCurve, duckedMusicGain, findSpeech, SpeechLevels } from "./ducking.ts";
import { fromDecibels, toDecibels } from "./levels.ts";

/** Hop energies: speech at -20 dB in the given seconds. */
function hops(seconds: number, ...spoken: [number, number][]): Float32Array {
  const energies = new Float32Array(seconds * 100).fill(1e-9);
  for (const [from, to] of spoken) energies.fill(0.01, Math.round(from * 100), Math.round(to * 100));
  return energies;
}

describe("findSpeech", () => {
  it("joins words over short pauses and parts them over long ones", () => {
    expect(findSpeech(hops(12, [1, 2], [2.9, 4], [6, 7]), -20)).toEqual([
      { start: 100, end: 400 },
      { start: 600, end: 700 },
    ]);
  });

  it("finds nothing without a voice, and takes breaths for pauses", () => {
    expect(findSpeech(hops(3), null)).toEqual([]);
    const energies = hops(5, [1, 2]);
    energies.fill(0.01 * 10 ** -2.5, 350, 380);
    expect(findSpeech(energies, -20)).toEqual([{ start: 100, end: 200 }]);
  });
});

describe("duckCurve", () => {
  const curve = duckCurve([{ start: 300, end: 500 }], 1000);
  const level = (seconds: number) => toDecibels(curve[Math.round(seconds * 100)] as number);

  it("is down before the first word and up 600 ms after the last", () => {
    expect(level(2.8)).toBeCloseTo(7, 4);
    expect(level(3)).toBeCloseTo(0, 4);
    expect(level(4)).toBeCloseTo(0, 4);
    expect(level(5)).toBeCloseTo(0, 4);
    expect(level(5.3)).toBeCloseTo(3.5, 1);
    expect(level(5.61)).toBeCloseTo(7, 4);
  });

  it("never jumps", () => {
    for (let hop = 1; hop < curve.length; hop++) {
      expect(Math.abs(toDecibels(curve[hop] as number) - toDecibels(curve[hop - 1] as number))).toBeLessThan(
        0.8,
      );
    }
  });

  it("covers every hop boundary of the film", () => {
    expect(duckCurve([{ start: 0, end: 10 }], 10)).toEqual(new Float32Array(11).fill(1));
  });
});

describe("duckedMusicGain", () => {
  it("puts music at the default volume 19 dB under the voice, whatever its own level", () => {
    expect(toDecibels(duckedMusicGain(0.15, -20, -9))).toBeCloseTo(-30, 9);
    expect(toDecibels(duckedMusicGain(0.3, -20, -30))).toBeCloseTo(-9 + toDecibels(2), 9);
  });

  it("takes the volume as it is without a voice, and does not blow up near silence", () => {
    expect(duckedMusicGain(0.15, null, -9)).toBe(0.15);
    expect(duckedMusicGain(0.15, -20, -68)).toBeCloseTo(fromDecibels(20), 9);
  });
});

describe("SpeechLevels", () => {
  it("gives the mean square of each 10 ms, the last one shorter", () => {
    const levels = new SpeechLevels(700);
    levels.push(new Float32Array(500 * 2).fill(0.5), 500);
    levels.push(new Float32Array(200 * 2).fill(1), 200);
    const [first, second] = levels.finish();
    expect(first).toBeCloseTo(0.25, 6);
    expect(second).toBeCloseTo((20 * 0.25 + 200) / 220, 6);
  });
});
