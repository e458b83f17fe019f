import { describe, expect, it } from "vitest";
import { captionContrast, contrastRatio, luminance, type Rgb } from "./contrast.ts";

const WHITE: Rgb = [255, 255, 255];
const [WIDTH, HEIGHT] = [960, 540];

const lumaOf = (grey: number): number => Math.round(16 + (219 * grey) / 255);

interface Scene {
  /** Grey of the picture at a place. */
  readonly picture: (x: number) => number;
  /** Around the letters, in pixels and grey, or none. */
  readonly outline?: { readonly width: number; readonly grey: number };
  /** Of a box behind all, solid. */
  readonly box?: number;
}

/** Upright white strokes of 6 pixels every 30, painted over the picture as the kernel would. */
function measure({ picture, outline, box }: Scene) {
  const [left, top, width, height] = [100, 400, 600, 60];
  const luma = new Uint8Array(width * height);
  const alpha = new Uint8Array(width * height);
  const y = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => lumaOf(picture(at % WIDTH)));
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      const at = row * width + x;
      const [inX, inRow] = [x % 30, row - 10];
      const reach = outline?.width ?? 0;
      const isInk = inX >= 12 && inX < 18 && inRow >= 0 && inRow < 40;
      const isOutline =
        inX >= 12 - reach && inX < 18 + reach && inRow >= -reach && inRow < 40 + reach && reach > 0;
      const grey = isInk ? 255 : isOutline ? (outline?.grey ?? 0) : box;
      if (grey === undefined) continue;
      luma[at] = lumaOf(grey);
      alpha[at] = 255;
      y[(top + row) * WIDTH + left + x] = luma[at] as number;
    }
  }
  const uv = new Uint8Array((WIDTH * HEIGHT) / 4).fill(128);
  const frame = {
    y,
    u: uv,
    v: uv,
    packed: y,
    yStride: WIDTH,
    uvStride: WIDTH / 2,
    width: WIDTH,
    height: HEIGHT,
  };
  return captionContrast(frame, { luma, alpha, stride: width, left, top, width, height }, [WHITE]);
}

describe("contrast ratio", () => {
  it("is WCAG's: 21 for black on white, 4.48 for #777777 on white, 1 for the same", () => {
    expect(contrastRatio(luminance([0, 0, 0]), luminance(WHITE))).toBeCloseTo(21, 9);
    expect(contrastRatio(luminance(WHITE), luminance([0x77, 0x77, 0x77]))).toBeCloseTo(4.478, 3);
    expect(contrastRatio(0.3, 0.3)).toBe(1);
  });

  it("weighs colours as the eye does", () => {
    expect(luminance([255, 0, 0])).toBeCloseTo(0.2126, 4);
    expect(luminance([0, 255, 0])).toBeCloseTo(0.7152, 4);
  });
});

describe("captionContrast", () => {
  it("of bare letters is that against the picture", () => {
    expect(measure({ picture: () => 0 })).toEqual({ mean: 21, worst: 21 });
    expect(measure({ picture: () => 255 })).toEqual({ mean: 1, worst: 1 });
    expect(measure({ picture: () => 0x77 })?.mean).toBeCloseTo(4.48, 1);
  });

  it("names the worst place of a picture that is bright in one corner only", () => {
    const seen = measure({ picture: (x) => (x < 170 ? 250 : 10) });
    expect(seen?.mean).toBeGreaterThan(5);
    expect(seen?.worst).toBeLessThan(1.3);
  });

  it("of outlined letters is that against the outline, whatever the picture is", () => {
    expect(measure({ picture: () => 255, outline: { width: 4, grey: 0 } })?.worst).toBeGreaterThan(15);
  });

  it("in a box is that against the box, also when it has the letters' colour", () => {
    expect(measure({ picture: () => 255, box: 0 })?.worst).toBeCloseTo(21, 0);
    expect(measure({ picture: () => 0, box: 255 })).toEqual({ mean: 1, worst: 1 });
  });
});
