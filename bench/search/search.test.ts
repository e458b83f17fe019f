import { describe, expect, test } from "vitest";
import { encoderSettings } from "../../src/render/encode/profiles.ts";
import { mulberry32 } from "../measure/similarity.ts";
import { type Candidate, candidateOf, changed, nameOf, settingsOf } from "./candidate.ts";
import { bytesAt, paretoFront, type Summary } from "./compare.ts";
import { descend } from "./descent.ts";

const point = (crf: string, subme: string): Candidate => ({ encoder: "libx264", options: { crf, subme } });

describe("candidates", () => {
  test.each(["libx264", "libx265", "libsvtav1"])(
    "%s: the shipped settings survive the way there and back",
    (name) => {
      const shipped = encoderSettings(name, { quality: "standard", fps: { num: 30, den: 1 } });
      const back = settingsOf(candidateOf(shipped));
      const sorted = (options: Readonly<Record<string, string>>) =>
        Object.entries(options)
          .map(([key, value]) => `${key} ${value.split(":").sort().join(":")}`)
          .sort();
      expect(sorted(back.options)).toEqual(sorted(shipped.options));
    },
  );

  test("the order of options is no part of a name, an option left out neither", () => {
    const other = { encoder: "libx264", options: { subme: "1", crf: "23" } };
    expect(nameOf(other)).toBe(nameOf(point("23", "1")));
    expect(nameOf(changed(point("23", "1"), { trellis: "" }))).toBe(nameOf(other));
  });
});

describe("comparison", () => {
  test("bytes for an SSIM in between lie on the curve, beyond its ends on its end pieces", () => {
    // Ten times the bytes for ten decibels.
    const curve = [
      { sizeBytes: 10_000, ssim: 0.999 },
      { sizeBytes: 1000, ssim: 0.99 },
    ];
    expect(bytesAt(curve, 0.99)).toBeCloseTo(1000);
    expect(bytesAt(curve, 1 - 10 ** -2.5)).toBeCloseTo(1000 * Math.sqrt(10), 3);
    expect(bytesAt(curve, 0.9)).toBeCloseTo(100, 3);
    expect(() => bytesAt(curve.slice(1), 0.9)).toThrow(RangeError);
  });

  test("the front holds what nothing else beats in everything", () => {
    const item = (cpuGain: number, equalSsimBytes: number, jitter: number) => ({
      summary: { cpuGain, equalSsimBytes, jitter } as Summary,
    });
    const [cheap, smooth, small, beaten] = [
      item(3, 1.2, 0.05),
      item(2, 1.1, 0.01),
      item(1, 0.8, 0.05),
      item(1.9, 1.1, 0.02),
    ];
    expect(paretoFront([smooth, beaten, small, cheap])).toEqual([cheap, smooth, small]);
  });
});

describe("descent", () => {
  const space = { crf: ["20", "21", "22", "23", "24"], subme: ["0", "1", "2", "3"] };
  // Best at 22 and 2; climbing one option at a time gets there.
  const hill = (candidate: Candidate): number =>
    -Math.abs(Number(candidate.options["crf"]) - 22) - Math.abs(Number(candidate.options["subme"]) - 2);

  test("finds the top, tries nothing twice and ends when all is known", async () => {
    const seen: string[] = [];
    const best = await descend({
      space,
      start: point("24", "0"),
      random: mulberry32(1),
      score: (candidate) => {
        seen.push(nameOf(candidate));
        return Promise.resolve(hill(candidate));
      },
      goOn: () => seen.length < 500,
    });
    expect(best.options).toEqual({ crf: "22", subme: "2" });
    expect(new Set(seen).size).toBeGreaterThan(8);
    expect(seen.length).toBeLessThan(500);
  });

  test("the same seed asks the same questions", async () => {
    const run = async (seed: number): Promise<string> => {
      const seen: string[] = [];
      await descend({
        space,
        start: point("24", "0"),
        random: mulberry32(seed),
        score: (candidate) => Promise.resolve(seen.push(nameOf(candidate)) * 0 + hill(candidate)),
        goOn: () => seen.length < 12,
      });
      return seen.join("|");
    };
    expect(await run(5)).toBe(await run(5));
    expect(await run(5)).not.toBe(await run(6));
  });

  test("what the encoder refuses is passed over", async () => {
    const best = await descend({
      space,
      start: point("24", "0"),
      random: mulberry32(2),
      score: (candidate) => Promise.resolve(candidate.options["crf"] === "22" ? null : hill(candidate)),
      goOn: (() => {
        let left = 60;
        return () => left-- > 0;
      })(),
    });
    expect(best.options["crf"]).not.toBe("22");
    expect(best.options["subme"]).toBe("2");
  });
});
