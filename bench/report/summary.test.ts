import { describe, expect, test } from "vitest";
import { type Entry, presetRows, rivalsOf } from "./summary.ts";

function entry(
  id: string,
  picture: string,
  walls: readonly number[],
  jitter: number | null,
  ssim = 0.98,
): Entry {
  return {
    id,
    picture,
    label: id,
    samples: walls.map((wallSeconds, round) => ({ round, wallSeconds, cpuSeconds: null })),
    quality: jitter === null ? null : { jitter, reversals: 0, ssim },
  };
}

describe("rivals", () => {
  test("are held against our render of the same picture and round", () => {
    const [rival] = rivalsOf(
      [
        entry("ours", "a", [2, 4], 0.01),
        entry("ours", "b", [10], 0.01),
        entry("them", "a", [4, 12], 0.01),
        entry("them", "b", [10], 0.01),
      ],
      "ours",
    );
    expect(rival?.wall).toEqual({ min: 1, median: 2, max: 3, count: 3 });
  });

  test("have no ratio where a round or a figure is missing", () => {
    const [rival] = rivalsOf([entry("ours", "a", [2], 0.01), entry("them", "a", [4, 100], 0.01)], "ours");
    expect(rival?.wall?.count).toBe(1);
    expect(rival?.cpu).toBeNull();
  });

  test("score by picture, with room for what nobody sees", () => {
    const [rival] = rivalsOf(
      [
        ...["a", "b", "c"].map((picture) => entry("ours", picture, [1], 0.02)),
        entry("them", "a", [1], 0.5),
        entry("them", "b", [1], 0.021, 0.99),
        entry("them", "c", [1], 0.001, 0.97),
      ],
      "ours",
    );
    expect(rival?.jitter).toEqual({ better: 1, even: 1, worse: 1 });
    expect(rival?.ssim).toEqual({ better: 1, even: 1, worse: 1 });
  });

  test("that draw nothing have no score", () => {
    const [rival] = rivalsOf([entry("ours", "a", [1], 0.02), entry("floor", "a", [1], null)], "ours");
    expect(rival?.jitter).toEqual({ better: 0, even: 0, worse: 0 });
  });
});

describe("presets at equal quality", () => {
  const ours = { crf: 23.5, ssim: 0.98, sizeBytes: 1000, cpuSeconds: 1 };
  const at = (ssim: number, sizeBytes: number) => ({ crf: 23, ssim, sizeBytes, cpuSeconds: 2 });

  test("compare CPU and bytes where SSIM is equal, SSIM where size is", () => {
    const [row] = presetRows([
      {
        picture: "a",
        preset: "fast",
        ours,
        atOurSsim: at(0.9805, 1200),
        atOurSize: at(0.977, 1010),
        cpu: [{ preset: 3, ours: 1.5 }],
      },
    ]);
    expect(row?.cpu?.median).toBe(2);
    expect(row?.bytes?.median).toBe(1.2);
    expect(row?.ssim?.median).toBeCloseTo(-0.003);
    expect(row?.missed).toEqual([]);
  });

  test("leave out and name a picture on which no equal point was found", () => {
    const [row] = presetRows([
      {
        picture: "a",
        preset: "fast",
        ours,
        atOurSsim: at(0.97, 1200),
        atOurSize: at(0.977, 1300),
        cpu: [{ preset: 3, ours: 1.5 }],
      },
    ]);
    expect(row).toMatchObject({ cpu: null, bytes: null, ssim: null, missed: ["a"] });
  });
});
