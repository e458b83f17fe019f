import { beforeAll, describe, expect, test } from "vitest";
import {
  finePrint,
  flat,
  gradient,
  type SyntheticPicture,
} from "../../../test/fixtures/synthetic-pictures.ts";
import type { Direction } from "../../spec/production.ts";
import type { Frame } from "./frame.ts";
import { MotionKernel } from "./kernel.ts";
import { type SeamSide, seamAt, shiftBeside } from "./transitions/seam.ts";
import { wipeCover } from "./transitions/wipe.ts";

/** No multiple of 16: the kernel's last vectors of a row are cut. */
const WIDTH = 76;
const HEIGHT = 44;
let kernel: MotionKernel;

beforeAll(async () => {
  kernel = await MotionKernel.load();
});

function drawn(picture: SyntheticPicture, shift = { x: 0, y: 0 }, frame?: Frame): Frame {
  const { rgb, width, height } = picture;
  const prepared = kernel.preparePicture(rgb, width, height, {
    outputWidth: WIDTH,
    outputHeight: HEIGHT,
    maxScale: 1,
  });
  const into = frame ?? kernel.createFrame(WIDTH, HEIGHT);
  kernel.renderFrame(prepared, { left: 0, top: 0, width, height }, into, { shift });
  kernel.freePicture(prepared);
  return into;
}

function bytesOf(frame: Frame): { y: Uint8Array; u: Uint8Array; v: Uint8Array } {
  const { y, u, v } = kernel.extract(frame);
  return { y: y.slice(), u: u.slice(), v: v.slice() };
}

const dark = flat(WIDTH, HEIGHT, [20, 20, 20]);
const light = flat(WIDTH, HEIGHT, [230, 230, 230]);

describe("a picture shifted by", () => {
  test.each([
    [2, 0],
    [-2, 0],
    [0, 2],
    [0, -2],
  ])("%d,%d whole pixels is the same picture elsewhere, chroma included", (x, y) => {
    const picture = finePrint(WIDTH, HEIGHT);
    const [still, moved] = [drawn(picture), drawn(picture, { x, y })];
    const [a, b] = [bytesOf(still), bytesOf(moved)];
    for (let row = 4; row < HEIGHT - 4; row++)
      for (let column = 4; column < WIDTH - 4; column++)
        expect(b.y[row * WIDTH + column]).toBe(a.y[(row - y) * WIDTH + column - x]);
    let difference = 0;
    for (let row = 4; row < HEIGHT / 2 - 4; row++)
      for (let column = 4; column < WIDTH / 2 - 4; column++)
        difference = Math.max(
          difference,
          Math.abs(
            (b.u[(row * WIDTH) / 2 + column] as number) -
              (a.u[((row - y / 2) * WIDTH) / 2 + column - x / 2] as number),
          ),
        );
    // Chroma is kept at 1.2 samples a pixel: the same place, rounded to a phase from the other side.
    expect(difference).toBeLessThanOrEqual(1);
    kernel.freeFrame(still);
    kernel.freeFrame(moved);
  });

  test("half a pixel lies half-way between", () => {
    const picture = gradient(WIDTH, HEIGHT);
    const frames = [0, 0.5, 1].map((x) => drawn(picture, { x, y: 0 }));
    const [a, b, c] = frames.map((frame) => bytesOf(frame).y) as [Uint8Array, Uint8Array, Uint8Array];
    for (let at = 8 * WIDTH + 8; at < 9 * WIDTH - 8; at++) {
      const middle = ((a[at] as number) + (c[at] as number)) / 2;
      expect(Math.abs((b[at] as number) - middle)).toBeLessThanOrEqual(1);
    }
    for (const frame of frames) kernel.freeFrame(frame);
  });

  test("more than two pixels is refused", () => {
    expect(() => drawn(dark, { x: 2.1, y: 0 })).toThrow(RangeError);
  });
});

describe("pasteBeside", () => {
  function pasted(direction: Direction, moved: number, side: SeamSide, over: boolean): Frame {
    const seam = seamAt(direction, moved, WIDTH, HEIGHT);
    const onto = drawn(dark);
    const from = drawn(light, shiftBeside(seam, side));
    kernel.pasteBeside(from, onto, seam, side, over);
    kernel.freeFrame(from);
    return onto;
  }

  test.each(["left", "right", "up", "down"] as const)(
    "%s covers exactly the share that has come",
    (direction) => {
      for (const moved of [0, 0.013, 0.2, 0.371, 0.5, 0.777, 0.99, 1]) {
        const { incoming } = seamAt(direction, moved, WIDTH, HEIGHT);
        const frame = pasted(direction, moved, incoming, false);
        const { y } = bytesOf(frame);
        const [low, high] = [Math.min(...y), Math.max(...y)];
        const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
        const [black, white] = [33, 214];
        expect(low).toBeGreaterThanOrEqual(black - 1);
        expect(high).toBeLessThanOrEqual(white + 1);
        expect((mean - black) / (white - black)).toBeCloseTo(moved, 1.9);
        kernel.freeFrame(frame);
      }
    },
  );

  test("both sides together leave nothing of what was there", () => {
    for (const direction of ["left", "down"] as const) {
      for (const moved of [0.003, 0.31, 0.66, 0.998]) {
        const seam = seamAt(direction, moved, WIDTH, HEIGHT);
        const onto = drawn(dark);
        for (const side of ["before", "after"] as const) {
          const from = drawn(light, shiftBeside(seam, side));
          kernel.pasteBeside(from, onto, seam, side, side === "before");
          kernel.freeFrame(from);
        }
        const expected = drawn(light);
        expect(bytesOf(onto)).toEqual(bytesOf(expected));
        kernel.freeFrame(onto);
        kernel.freeFrame(expected);
      }
    }
  });
});

describe("wipe", () => {
  test.each(["left", "right", "up", "down"] as const)(
    "%s: nothing at 0, everything at 1, softly between",
    (way) => {
      const above = drawn(light);
      const frames = [0, 0.5, 1].map((moved) => {
        const onto = drawn(dark);
        kernel.wipe(above, onto, way, moved);
        return onto;
      });
      const [none, half, all] = frames as [Frame, Frame, Frame];
      const ground = drawn(dark);
      expect(bytesOf(none)).toEqual(bytesOf(ground));
      expect(bytesOf(all)).toEqual(bytesOf(above));
      const { y } = bytesOf(half);
      const line =
        way === "left" || way === "right" ? y.slice(0, WIDTH) : y.filter((_, at) => at % WIDTH === 5);
      const rising = way === "left" || way === "up" ? [...line] : [...line].reverse();
      expect(rising[0]).toBe(33);
      expect(rising.at(-1)).toBe(214);
      expect(rising.every((value, at) => at === 0 || value >= (rising[at - 1] as number))).toBe(true);
      expect(new Set(rising).size).toBeGreaterThan(3);
      for (const frame of [...frames, above, ground]) kernel.freeFrame(frame);
    },
  );

  test("luma and chroma meet the same edge", () => {
    const luma = wipeCover("right", 0.4, 400, { count: 400, every: 1, first: 0.5 });
    const chroma = wipeCover("right", 0.4, 400, { count: 200, every: 2, first: 0.5 });
    expect(chroma).toEqual(luma.filter((_, at) => at % 2 === 0));
  });
});

describe("dissolve", () => {
  test("nothing at 0, everything at 1, never less later", () => {
    const above = drawn(light);
    const pattern = kernel.prepareDissolve(WIDTH, HEIGHT);
    let before: Uint8Array = new Uint8Array(WIDTH * HEIGHT);
    for (let step = 0; step <= 20; step++) {
      const onto = drawn(dark);
      kernel.dissolve(above, onto, pattern, step / 20);
      const { y } = bytesOf(onto);
      expect(y.every((value, at) => value >= (before[at] as number))).toBe(true);
      if (step === 0) expect(new Set(y)).toEqual(new Set([33]));
      if (step === 10) expect(new Set(y).size).toBeGreaterThan(50);
      if (step === 20) expect(bytesOf(onto)).toEqual(bytesOf(above));
      before = y;
      kernel.freeFrame(onto);
    }
    kernel.freeDissolve(pattern);
    kernel.freeFrame(above);
  });
});
