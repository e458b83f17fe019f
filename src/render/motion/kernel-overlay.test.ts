import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { flat, paint } from "../../../test/fixtures/synthetic-pictures.ts";
import type { Frame } from "./frame.ts";
import { MotionKernel } from "./kernel.ts";

const WIDTH = 48;
const HEIGHT = 32;
let kernel: MotionKernel;

beforeAll(async () => {
  kernel = await MotionKernel.load();
});

function filled(colour: readonly [number, number, number], width = WIDTH, height = HEIGHT): Frame {
  const picture = kernel.preparePicture(flat(width, height, colour).rgb, width, height, {
    outputWidth: width,
    outputHeight: height,
    maxScale: 1,
  });
  const frame = kernel.createFrame(width, height);
  kernel.renderFrame(picture, { left: 0, top: 0, width, height }, frame);
  kernel.freePicture(picture);
  return frame;
}

function planes(frame: Frame): { y: Uint8Array; u: Uint8Array; v: Uint8Array } {
  const { y, u, v } = kernel.extract(frame);
  return { y: y.slice(), u: u.slice(), v: v.slice() };
}

function rgba(width: number, height: number, colour: readonly [number, number, number, number]): Uint8Array {
  return Uint8Array.from({ length: width * height * 4 }, (_, i) => colour[i % 4] as number);
}

function laid(
  pixels: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  opacity: number,
  ground: Frame,
) {
  const overlay = kernel.prepareOverlay(pixels, width, height, {
    x,
    y,
    frameWidth: ground.width,
    frameHeight: ground.height,
  });
  if (overlay !== null) {
    kernel.composeOverlay(overlay, ground, opacity);
    kernel.freeOverlay(overlay);
  }
  return planes(ground);
}

describe("overlays", () => {
  it("solid: replace the luma exactly in their rectangle and touch nothing else, wherever they lie", () => {
    const place = fc.record({
      width: fc.integer({ min: 1, max: 60 }),
      height: fc.integer({ min: 1, max: 40 }),
      x: fc.integer({ min: -70, max: 60 }),
      y: fc.integer({ min: -50, max: 40 }),
    });
    fc.assert(
      fc.property(place, ({ width, height, x, y }) => {
        const ground = filled([0, 0, 0]);
        const result = laid(rgba(width, height, [255, 0, 0, 255]), width, height, x, y, 256, ground);
        kernel.freeFrame(ground);
        const seen = x < WIDTH && x + width > 0 && y < HEIGHT && y + height > 0;
        const covers = (column: number, row: number) =>
          column >= x && column < x + width && row >= y && row < y + height;
        const luma = Uint8Array.from(result.y, (_, i) =>
          covers(i % WIDTH, Math.floor(i / WIDTH)) ? 63 : 16,
        );
        expect(result.y).toEqual(luma);
        let error = 0;
        for (let row = 0; row < HEIGHT / 2; row++) {
          for (let column = 0; column < WIDTH / 2; column++) {
            let share = 0;
            for (const [dx, weight] of [
              [-1, 1],
              [0, 2],
              [1, 1],
            ] as const) {
              for (const dy of [0, 1])
                share += seen && covers(2 * column + dx, 2 * row + dy) ? weight / 8 : 0;
            }
            const value = result.v[(row * WIDTH) / 2 + column] as number;
            error = Math.max(error, Math.abs(value - (128 + share * (240 - 128))));
          }
        }
        expect(error).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it("at opacity 0 or alpha 0 leave every byte as it was", () => {
    const ground = filled([200, 120, 40]);
    const before = planes(ground);
    expect(laid(rgba(20, 10, [255, 255, 255, 255]), 20, 10, 3, 5, 0, ground)).toEqual(before);
    expect(laid(rgba(20, 10, [255, 255, 255, 0]), 20, 10, 3, 5, 256, ground)).toEqual(before);
    kernel.freeFrame(ground);
  });

  it("mix in proportion to alpha and opacity", () => {
    for (const alpha of [1, 64, 128, 200, 254]) {
      for (const opacity of [1, 77, 128, 255, 256]) {
        const ground = filled([0, 0, 0]);
        const { y, v } = laid(rgba(WIDTH, HEIGHT, [255, 0, 0, alpha]), WIDTH, HEIGHT, 0, 0, opacity, ground);
        kernel.freeFrame(ground);
        const share = (alpha / 255) * (opacity / 256);
        expect(Math.abs((y[100] as number) - (16 + share * (63 - 16)))).toBeLessThanOrEqual(1);
        expect(Math.abs((v[100] as number) - (128 + share * (240 - 128)))).toBeLessThanOrEqual(1);
      }
    }
  });

  it("do not let the colour of transparent pixels bleed into their edges", () => {
    const ground = filled([0, 0, 0]);
    const pixels = rgba(16, 16, [255, 255, 255, 255]);
    for (let i = 0; i < 256; i++) if (i % 16 >= 7) pixels.set([0, 255, 0, 0], i * 4);
    const { u, v } = laid(pixels, 16, 16, 8, 8, 256, ground);
    kernel.freeFrame(ground);
    expect(new Set([...u, ...v])).toEqual(new Set([128]));
  });

  it("have the luma and chroma that a picture of the same colours gets", () => {
    const picture = paint(WIDTH, HEIGHT, (x, y) => [(x * 5) % 256, (y * 9) % 256, 255 - ((x * 5) % 256)]);
    const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
    for (let i = 0; i < WIDTH * HEIGHT; i++)
      pixels.set([...picture.rgb.subarray(i * 3, i * 3 + 3), 255], i * 4);
    const ground = filled([9, 99, 199]);
    const { y } = laid(pixels, WIDTH, HEIGHT, 0, 0, 256, ground);
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const [red, green, blue] = picture.rgb.subarray(i * 3, i * 3 + 3) as unknown as [
        number,
        number,
        number,
      ];
      const luma = 16 + (219 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)) / 255;
      expect(Math.abs((y[i] as number) - luma)).toBeLessThan(0.52);
    }
    kernel.freeFrame(ground);
  });
});

describe("blend", () => {
  it("is exact at both ends, rounded in between, and works in place", () => {
    // A size whose planes are no multiple of the vector, so that the tail is covered too.
    const first = filled([0, 0, 0], 22, 6);
    const second = filled([255, 0, 0], 22, 6);
    const into = kernel.createFrame(22, 6);
    for (let weight = 0; weight <= 256; weight++) {
      kernel.blend(first, second, weight, into);
      const { y, u, v } = planes(into);
      const mix = (a: number, b: number) => Math.floor((a * (256 - weight) + b * weight + 128) / 256);
      expect(y).toEqual(new Uint8Array(22 * 6).fill(mix(16, 63)));
      expect(u).toEqual(new Uint8Array(11 * 3).fill(mix(128, 102)));
      expect(v).toEqual(new Uint8Array(11 * 3).fill(mix(128, 240)));
    }
    kernel.blend(first, second, 256, first);
    expect(planes(first)).toEqual(planes(second));
    for (const frame of [first, second, into]) kernel.freeFrame(frame);
  });

  it("refuses frames of different sizes", () => {
    const small = kernel.createFrame(16, 16);
    const large = kernel.createFrame(32, 16);
    expect(() => kernel.blend(small, large, 128, small)).toThrow(RangeError);
    for (const frame of [small, large]) kernel.freeFrame(frame);
  });
});
