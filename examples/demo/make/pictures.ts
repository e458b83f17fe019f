/**
 * Draws the pictures of the film.
 *
 *   node bin/node24.js examples/demo/make/pictures.ts               all, at full size, into examples/demo/pictures
 *   node bin/node24.js examples/demo/make/pictures.ts gold 0.25 out/sketches  one, at a quarter of the size
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writePicture } from "./tone.ts";

interface Picture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly quality: number;
  readonly paint: (width: number, height: number) => Promise<Uint8Array>;
}

const PICTURES: Readonly<Record<string, Picture>> = {
  title: {
    file: "title.jpg",
    width: 2560,
    height: 1440,
    quality: 86,
    paint: async (w, h) => (await import("./pictures/title.ts")).paintTitle(w, h),
  },
  gold: {
    file: "gold.jpg",
    width: 2560,
    height: 1440,
    quality: 88,
    paint: async (w, h) => (await import("./pictures/gold.ts")).paintGold(w, h),
  },
  scatter: {
    file: "scatter.png",
    width: 2048,
    height: 1536,
    quality: 100,
    paint: async (w, h) => (await import("./pictures/scatter.ts")).paintScatter(w, h),
  },
  ridges: {
    file: "ridges.jpg",
    width: 3360,
    height: 1440,
    quality: 88,
    paint: async (w, h) => (await import("./pictures/ridges.ts")).paintRidges(w, h),
  },
  harbour: {
    file: "harbour.jpg",
    width: 2400,
    height: 1600,
    quality: 88,
    paint: async (w, h) => (await import("./pictures/harbour.ts")).paintHarbour(w, h),
  },
  ink: {
    file: "ink.webp",
    width: 1920,
    height: 2560,
    quality: 84,
    paint: async (w, h) => (await import("./pictures/ink.ts")).paintInk(w, h),
  },
  window: {
    file: "window.jpg",
    width: 1920,
    height: 1920,
    quality: 88,
    paint: async (w, h) => (await import("./pictures/window.ts")).paintWindow(w, h),
  },
  stars: {
    file: "stars.jpg",
    width: 2560,
    height: 1440,
    quality: 84,
    paint: async (w, h) => (await import("./pictures/stars.ts")).paintStars(w, h),
  },
};

const [only, sizeText = "1", folder = fileURLToPath(new URL("../pictures", import.meta.url))] =
  process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const [name, picture] of Object.entries(PICTURES)) {
  if (only !== undefined && only !== "all" && only !== name) continue;
  const width = Math.round(picture.width * Number(sizeText));
  const height = Math.round(picture.height * Number(sizeText));
  const started = performance.now();
  const pixels = await picture.paint(width, height);
  await writePicture(`${folder}/${picture.file}`, pixels, width, height, picture.quality);
  console.log(`${picture.file} ${width}x${height} ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
