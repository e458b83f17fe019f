import { expect, test } from "vitest";
import { SoftPattern } from "./soft-pattern.ts";

const WIDTH = 320;
const HEIGHT = 180;
const LUMA = { width: WIDTH, height: HEIGHT, every: 1, firstX: 0.5, firstY: 0.5 };
const CHROMA = { width: WIDTH / 2, height: HEIGHT / 2, every: 2, firstX: 0.5, firstY: 1 };

function drawn(grid = LUMA): Uint8Array {
  const target = new Uint8Array(grid.width * grid.height);
  new SoftPattern(WIDTH, HEIGHT).draw(grid, target);
  return target;
}

test("every threshold is about as frequent, so that a dissolve runs evenly", () => {
  const tenths = new Array<number>(10).fill(0);
  for (const value of drawn()) {
    const tenth = Math.min(9, Math.floor(value / 25.6));
    tenths[tenth] = (tenths[tenth] as number) + 1 / (WIDTH * HEIGHT);
  }
  for (const share of tenths) expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
});

test("is soft: neighbours differ by little", () => {
  const values = drawn();
  let steepest = 0;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 1; x < WIDTH; x++) {
      const at = y * WIDTH + x;
      steepest = Math.max(steepest, Math.abs((values[at] as number) - (values[at - 1] as number)));
    }
  }
  // A grain would step by up to 255.
  expect(steepest).toBeLessThan(40);
});

test("is the same every time", () => {
  expect(drawn()).toEqual(drawn());
});

test("chroma appears where luma does", () => {
  const [luma, chroma] = [drawn(), drawn(CHROMA)];
  let worst = 0;
  for (let y = 0; y < CHROMA.height; y++) {
    for (let x = 0; x < CHROMA.width; x++) {
      const at = 2 * y * WIDTH + 2 * x;
      const between = ((luma[at] as number) + (luma[at + WIDTH] as number)) / 2;
      worst = Math.max(worst, Math.abs(between - (chroma[y * CHROMA.width + x] as number)));
    }
  }
  expect(worst).toBeLessThan(3);
});
