import { expect, test } from "vitest";
import type { ReferenceViewport } from "./reference-resampler.ts";
import { fitSimilarity, type Match, mulberry32 } from "./similarity.ts";
import { measureSmoothness } from "./smoothness.ts";
import { filmOf, texturedPicture } from "./synthetic-film.ts";
import { type TestZoom, truePositionAt, viewportAt } from "./test-zoom.ts";

const WIDTH = 560;
const HEIGHT = 315;
const FRAMES = 16;
const SIZE = { width: 640, height: 400 };
const picture = texturedPicture(SIZE.width, SIZE.height);

/** A pan of `speed` px a frame to the left, with what `extra` adds to a frame's position, pixels. */
function pan(speed: number, extra: (frame: number) => number): ReferenceViewport[] {
  return Array.from({ length: FRAMES }, (_, frame) => ({
    left: 20 + frame * speed + extra(frame),
    top: 30,
    width: WIDTH,
    height: HEIGHT,
  }));
}

const measure = (viewports: ReferenceViewport[]) =>
  measureSmoothness(filmOf(picture, viewports, WIDTH, HEIGHT));

test("a perfect zoom reads as smooth", async () => {
  const zoom: TestZoom = {
    frames: FRAMES,
    width: WIDTH,
    height: HEIGHT,
    from: 1.1,
    to: 1.2,
    easing: "linear",
    focus: { x: 0.6, y: 0.4 },
  };
  const viewports = Array.from({ length: FRAMES }, (_, frame) => viewportAt(zoom, SIZE, frame));
  const result = await measure(viewports);
  expect(result.frames).toBe(FRAMES);
  expect(result.lost).toBe(0);
  expect(result.reversals).toBe(0);
  expect(result.jitter).toBeLessThanOrEqual(0.002);
});

test("an eased zoom has acceleration, and none beyond its own", async () => {
  const zoom: TestZoom = {
    frames: FRAMES,
    width: WIDTH,
    height: HEIGHT,
    from: 1.05,
    to: 1.25,
    easing: "easeInOut",
    focus: { x: 0.5, y: 0.5 },
  };
  const viewports = Array.from({ length: FRAMES }, (_, frame) => viewportAt(zoom, SIZE, frame));
  const raw = await measure(viewports);
  const known = await measureSmoothness(filmOf(picture, viewports, WIDTH, HEIGHT), {
    truth: (frame, point) => truePositionAt(zoom, frame, point),
  });
  expect(raw.jitter).toBeGreaterThan(0.05);
  // Its fastest frames move five times further than a film's, hence the wider bound.
  expect(known.jitter).toBeLessThanOrEqual(0.004);
});

test("a perfect slow pan reads as smooth", async () => {
  const result = await measure(pan(0.37, () => 0));
  expect(result.reversals).toBe(0);
  expect(result.jitter).toBeLessThanOrEqual(0.002);
});

test("injected jitter is read as injected", async () => {
  // +a, -a, +a, ... on the position: every second difference is 4a long.
  const result = await measure(pan(0.6, (frame) => (frame % 2 === 0 ? 0.02 : -0.02)));
  expect(result.jitter).toBeGreaterThan(0.078);
  expect(result.jitter).toBeLessThan(0.082);
  expect(result.reversals).toBe(0);
});

test("positions rounded to whole pixels are read as they are", async () => {
  const speed = 0.3;
  const rounding = (frame: number): number => Math.round(20 + frame * speed) - (20 + frame * speed);
  const positions = Array.from({ length: FRAMES }, (_, frame) => Math.round(20 + frame * speed));
  const second = positions
    .slice(2)
    .map((p, i) => Math.abs(p - 2 * (positions[i + 1] ?? 0) + (positions[i] ?? 0)));
  const injected = second.reduce((sum, value) => sum + value, 0) / second.length;
  const result = await measure(pan(speed, rounding));
  expect(Math.abs(result.jitter - injected)).toBeLessThan(0.01);
});

test("steps backwards are counted, all four points each", async () => {
  const result = await measure(pan(0.3, (frame) => (frame === 10 ? 0.5 : 0)));
  // The step out of frame 10 leads back by 0.2 px.
  expect(result.reversals).toBe(4);
  expect(result.visibleReversals).toBe(4);
  expect(result.worst).toBeGreaterThan(0.9);
});

test("a cut is reported, not read as motion", async () => {
  const other = texturedPicture(640, 400, 99);
  const still = pan(0.4, () => 0).slice(0, 6);
  function* film() {
    yield* filmOf(picture, still, WIDTH, HEIGHT);
    yield* filmOf(other, still, WIDTH, HEIGHT);
  }
  const result = await measureSmoothness(film());
  expect(result.lost).toBe(1);
  expect(result.jitter).toBeLessThanOrEqual(0.003);
});

test("the fit ignores what does not move along", () => {
  const random = mulberry32(3);
  const matches: Match[] = Array.from({ length: 200 }, (_, index) => {
    const from = { x: random() * 1000, y: random() * 600 };
    const stray = index % 4 === 0 ? 5 + random() * 40 : 0;
    return {
      from,
      to: { x: from.x * 1.002 - from.y * 0.001 + 0.3 + stray, y: from.y * 1.002 + from.x * 0.001 - 0.7 },
    };
  });
  const fit = fitSimilarity(matches);
  expect(fit?.inliers).toBe(150);
  expect(fit?.transform.a).toBeCloseTo(1.002, 9);
  expect(fit?.transform.b).toBeCloseTo(0.001, 9);
  expect(fit?.transform.tx).toBeCloseTo(0.3, 6);
  expect(fit?.transform.ty).toBeCloseTo(-0.7, 6);
});
