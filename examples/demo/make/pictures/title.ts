/** The title over the last light, 16:9. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { GlobalFonts } from "@napi-rs/canvas";
import { type CloudLayer, overlayClouds } from "../clouds.ts";
import { add, blend, gradient, HdrImage, hex } from "../hdr.ts";
import { drawMask, stencil } from "../mask.ts";
import { clamp, Noise, random, smoothstep } from "../noise.ts";
import { drawPine } from "../pine.ts";
import { paintRange } from "../ridges.ts";
import { develop } from "../tone.ts";

export function paintTitle(width: number, height: number): Uint8Array {
  const image = new HdrImage(width, height);
  const horizon = height * 0.88;
  const sun = { x: 0.1, y: -0.03 };
  const sky = [
    [0, hex("#ffa25e", 0.8)],
    [0.1, hex("#e98f7c", 0.6)],
    [0.22, hex("#a37f9c", 0.44)],
    [0.42, hex("#4f6fae", 0.36)],
    [0.7, hex("#244b96", 0.27)],
    [1, hex("#12306e", 0.2)],
  ] as const;
  const veil: CloudLayer = {
    noise: new Noise(29),
    altitude: 0.9,
    frequency: [0.42, 0.8],
    cover: 0.43,
    softness: 0.6,
    opacity: 0.5,
    lit: hex("#e89078", 0.5),
    shade: hex("#3d5590", 0.24),
  };
  image.paint((px, py) => {
    const x = (px - width / 2) / height;
    const up = (horizon - py) / height;
    const away = Math.hypot((x - sun.x) * 0.7, (up - sun.y) * 1.4);
    return overlayClouds(
      add(gradient(sky, clamp(up / 0.9)), hex("#ffa060"), 0.4 * Math.exp(-away * 3.4)),
      veil,
      x,
      up,
      sun,
    );
  });
  const moon = { x: width * 0.785, y: height * 0.2, radius: height * 0.034 };
  image.paint((px, py, under) => {
    const disc = smoothstep(moon.radius + 0.8, moon.radius - 0.8, Math.hypot(px - moon.x, py - moon.y));
    // The sun is below the horizon to the lower left: that side of the moon is lit.
    const dark = smoothstep(
      moon.radius * 0.99 - 1,
      moon.radius * 0.99 + 1,
      Math.hypot(px - moon.x - moon.radius * 0.3, py - moon.y + moon.radius * 0.32),
    );
    return add(under, hex("#fff1d6"), disc * (dark * 2.2 + 0.02));
  });
  const next = random(12);
  const unit = height / 1440;
  for (let i = 0; i < 46; i++) {
    const [x, y, gain] = [next() * width, next() ** 1.5 * height * 0.5, 0.05 + 0.4 * next() ** 4];
    for (let dy = -3; dy <= 3; dy++)
      for (let dx = -3; dx <= 3; dx++)
        image.addAt(
          x + dx,
          y + dy,
          hex("#e8f0ff"),
          gain * Math.exp(-(dx * dx + dy * dy) / (1.8 * unit + 0.4)),
        );
  }
  for (let index = 0; index < 3; index++) {
    const noise = new Noise(300 + index);
    paintRange(
      image,
      (px) => {
        const x = px / height;
        return (
          height *
          (0.885 +
            index * 0.042 -
            0.085 *
              (noise.ridged(x * (1.5 - index * 0.25), index * 3, 6, 0.47) * 0.6 +
                noise.fbm(x * 0.8, index + 7, 3) * 0.25 +
                0.2))
        );
      },
      (px, _py, below) => {
        const glow = Math.exp(-(((px / width - 0.55) / 0.3) ** 2)) * (1 - index * 0.4);
        const body =
          [hex("#3a4f86", 0.27), hex("#1c2c54", 0.17), hex("#070c1a", 0.1)][index] ?? hex("#000000");
        return blend(
          add(body, hex("#ff9a6a"), glow * 0.05),
          hex("#8090bd", 0.27),
          smoothstep(0.01, 0.12, below / height) * 0.4 * (1 - index * 0.5),
        );
      },
    );
  }
  const trees = drawMask(width, height, (context) => {
    for (let i = 0; i < 40; i++) {
      const x =
        width * (i < 22 ? -0.02 + 0.24 * (i / 22) : 0.8 + 0.22 * ((i - 22) / 18)) + next() * 20 * unit;
      const edge = Math.abs(x / width - 0.5) * 2;
      drawPine(
        context,
        x,
        height * 1.01,
        height * (0.08 + 0.2 * smoothstep(0.5, 1, edge) * (0.4 + 0.6 * next())),
        next,
      );
    }
  });
  stencil(image, trees, () => hex("#04070f", 0.12));
  lettering(image, unit);
  return develop(image, { exposure: 1.25, bloom: 0.1, saturation: 1.1, vignette: 0.24 });
}

function lettering(image: HdrImage, unit: number): void {
  const inter = dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/inter"));
  GlobalFonts.registerFromPath(join(inter, "200ExtraLight/Inter_200ExtraLight.ttf"), "title");
  const mask = drawMask(image.width, image.height, (context) => {
    context.textAlign = "left";
    context.font = `${168 * unit}px title`;
    context.letterSpacing = `${10 * unit}px`;
    const text = "The Blue Hour";
    const wide = context.measureText(text).width - 10 * unit;
    context.fillText(text, (image.width - wide) / 2, image.height * 0.51);
  });
  stencil(image, mask, () => hex("#fff6e6", 1.5));
}
