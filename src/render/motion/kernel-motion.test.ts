import { describe, expect, it } from "vitest";
import { blobs } from "../../../test/fixtures/synthetic-pictures.ts";
import { MotionKernel } from "./kernel.ts";
import { type ViewportPath, viewpointAt, viewportRect } from "./path.ts";

const WIDTH = 480;
const HEIGHT = 270;
const FRAMES = 60;
/** The gate of the design for the picture as a whole: mean |second difference| in pixels per frame squared. */
const MAX_JITTER = 0.003;
/** One spot alone: rounding its pixels to eight bits makes 0.0027 of this, however well they are resampled. */
const MAX_SPOT_JITTER = 0.005;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where each blob is in every frame of the path, and where it should be. */
async function follow(path: ViewportPath, pictureWidth: number, pictureHeight: number) {
  const kernel = await MotionKernel.load();
  const points = [0.3, 0.5, 0.7].flatMap((x) =>
    [0.35, 0.65].map((y) => [x * pictureWidth, y * pictureHeight] as const),
  );
  const cover = viewportRect({ x: 0.5, y: 0.5, scale: 1 }, pictureWidth, pictureHeight, WIDTH, HEIGHT);
  const sigma = (4 * cover.width) / WIDTH;
  const picture = blobs(pictureWidth, pictureHeight, points, sigma);
  const prepared = kernel.preparePicture(picture.rgb, pictureWidth, pictureHeight, {
    outputWidth: WIDTH,
    outputHeight: HEIGHT,
    maxScale: Math.max(path.from.scale, path.to.scale),
  });
  const frame = kernel.createFrame(WIDTH, HEIGHT);
  const tracks = points.map(() => ({ seen: [] as Point[], meant: [] as Point[] }));
  for (let i = 0; i < FRAMES; i++) {
    const rect = viewportRect(
      viewpointAt(path, i / (FRAMES - 1)),
      pictureWidth,
      pictureHeight,
      WIDTH,
      HEIGHT,
    );
    kernel.renderFrame(prepared, rect, frame);
    const { y } = kernel.extract(frame);
    for (const [index, [px, py]] of points.entries()) {
      const meant = {
        x: ((px - rect.left) / rect.width) * WIDTH,
        y: ((py - rect.top) / rect.height) * HEIGHT,
      };
      tracks[index]?.meant.push(meant);
      tracks[index]?.seen.push(blobCentre(y, meant));
    }
  }
  return tracks;
}

/** Gaussian-weighted centroid, iterated until its window sits on the blob itself. */
function blobCentre(luma: Uint8Array, guess: Point): Point {
  let at = guess;
  for (let round = 0; round < 12; round++) {
    let sum = 0;
    let x = 0;
    let y = 0;
    for (let row = Math.floor(at.y) - 18; row <= at.y + 18; row++) {
      for (let column = Math.floor(at.x) - 18; column <= at.x + 18; column++) {
        if (row < 0 || column < 0 || row >= HEIGHT || column >= WIDTH) continue;
        const dx = column + 0.5 - at.x;
        const dy = row + 0.5 - at.y;
        const weight =
          Math.max(0, (luma[row * WIDTH + column] as number) - 50) * Math.exp(-(dx * dx + dy * dy) / 40);
        sum += weight;
        x += weight * dx;
        y += weight * dy;
      }
    }
    // Window and blob of like width halve the measured offset: twice the step converges fast.
    at = { x: at.x + (2 * x) / sum, y: at.y + (2 * y) / sum };
  }
  return at;
}

function differences(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] as number));
}

function jitter(positions: readonly number[]): number {
  return mean(differences(differences(positions)).map(Math.abs));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const centre = { x: 0.5, y: 0.5 };
const paths: [string, ViewportPath, number, number][] = [
  [
    "a zoom into a large picture",
    { from: { ...centre, scale: 1 }, to: { x: 0.52, y: 0.49, scale: 1.12 }, easing: "linear" },
    1700,
    1000,
  ],
  [
    "a zoom out of a small picture",
    { from: { x: 0.48, y: 0.5, scale: 1.1 }, to: { ...centre, scale: 1 }, easing: "linear" },
    400,
    240,
  ],
  [
    "a slow pan",
    { from: { x: 0.47, y: 0.5, scale: 1.12 }, to: { x: 0.53, y: 0.5, scale: 1.12 }, easing: "linear" },
    1000,
    563,
  ],
];

describe("sub-pixel motion", () => {
  it.each(paths)("%s is smooth, without a step back", async (_name, path, width, height) => {
    const tracks = await follow(path, width, height);
    for (const axis of ["x", "y"] as const) {
      const whole = Array.from({ length: FRAMES }, (_, i) =>
        mean(tracks.map(({ seen }) => (seen[i] as Point)[axis])),
      );
      expect(jitter(whole)).toBeLessThanOrEqual(MAX_JITTER);
    }
    for (const { seen, meant } of tracks) {
      for (const axis of ["x", "y"] as const) {
        const positions = seen.map((point) => point[axis]);
        const intended = meant.map((point) => point[axis]);
        expect(jitter(positions)).toBeLessThanOrEqual(MAX_SPOT_JITTER);
        for (const [index, position] of positions.entries()) {
          expect(Math.abs(position - (intended[index] as number))).toBeLessThan(0.01);
        }
        const steps = differences(positions);
        const direction = Math.sign(mean(differences(intended)));
        // Only where something is meant to move: less than this a frame is standing still.
        if (Math.abs(mean(differences(intended))) > 0.005) {
          expect(steps.filter((step) => step * direction < 0)).toEqual([]);
        }
      }
    }
  });
});
