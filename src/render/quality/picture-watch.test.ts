import { describe, expect, it } from "vitest";
import { PictureWatch } from "./picture-watch.ts";

const [WIDTH, HEIGHT, STRIDE] = [96, 54, 100];

/** @param luma for each frame: one level all over, or a function of place */
function watch(frames: readonly (number | ((x: number, y: number) => number))[], keep = 3) {
  const watcher = new PictureWatch(frames.length, keep);
  for (const luma of frames) {
    const data = new Uint8Array(STRIDE * HEIGHT).fill(255);
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) data[y * STRIDE + x] = typeof luma === "number" ? luma : luma(x, y);
    watcher.see({ data, stride: STRIDE, width: WIDTH, height: HEIGHT });
  }
  return watcher.finish();
}

describe("PictureWatch", () => {
  it("finds black frames, up to a tenth of the range, to the frame", () => {
    expect(watch([90, 37, 16, 20, 38, 90]).black).toEqual([{ first: 1, end: 4 }]);
  });

  it("takes a frame for black when at most a fiftieth of it is not", () => {
    const lit = (share: number) => (_: number, y: number) => (y < HEIGHT * share ? 200 : 16);
    expect(watch([lit(0.01), lit(0.01), lit(0.01)]).black).toEqual([{ first: 0, end: 3 }]);
    expect(watch([lit(0.05), lit(0.05), lit(0.05)]).black).toEqual([]);
  });

  it("finds frames that stand still, and where another picture stands still after them", () => {
    expect(watch([50, 80, 80, 80, 120, 120, 120, 50]).still).toEqual([
      { first: 0, end: 1 },
      { first: 1, end: 4 },
      { first: 4, end: 7 },
      { first: 7, end: 8 },
    ]);
  });

  it("is not taken in by a move too slow to show from one frame to the next", () => {
    // A fifth of a level each frame, on one of five points: what is seen after ten frames is another picture.
    const slow = Array.from(
      { length: 30 },
      (_, frame) => (x: number) => 100 + (Math.floor(x / 2) % 5 === 0 ? Math.floor(frame / 2) : 0),
    );
    expect(watch(slow, 10).still.every(({ first, end }) => end - first < 10)).toBe(true);
  });

  it("forgets short spans, unless they may go on in the next chunk", () => {
    expect(watch([50, 80, 80, 120, 130, 130], 3).still).toEqual([
      { first: 0, end: 1 },
      { first: 4, end: 6 },
    ]);
  });

  it("sees the picture's own pixels, not what stands behind its rows", () => {
    expect(watch([16, 16, 16]).black).toEqual([{ first: 0, end: 3 }]);
  });
});
