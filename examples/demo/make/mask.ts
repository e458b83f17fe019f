/** Shapes drawn with a canvas, used as coverage (0..1) over a picture in linear light. */
import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import { blend, type HdrImage, type Rgb } from "./hdr.ts";

export interface Mask {
  readonly width: number;
  readonly height: number;
  /** RGBA, straight alpha. */
  readonly data: Uint8ClampedArray;
}

export function drawMask(width: number, height: number, draw: (context: SKRSContext2D) => void): Mask {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  draw(context);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** Lays a colour over the picture where the mask is opaque. */
export function stencil(image: HdrImage, mask: Mask, color: (x: number, y: number, under: Rgb) => Rgb): void {
  const { width, height, data } = image;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = (mask.data[(y * width + x) * 4 + 3] as number) / 255;
      if (alpha === 0) continue;
      const at = (y * width + x) * 3;
      const under: Rgb = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
      const mixed = blend(under, color(x, y, under), alpha);
      data[at] = mixed[0];
      data[at + 1] = mixed[1];
      data[at + 2] = mixed[2];
    }
  }
}
