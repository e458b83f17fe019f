import type { Easing, Viewpoint } from "../../spec/production.ts";
import { ease } from "./easing.ts";
import { power } from "./power.ts";

/** A camera move over one still: where it starts, where it ends, how it accelerates. */
export interface ViewportPath {
  readonly from: Viewpoint;
  readonly to: Viewpoint;
  readonly easing: Easing;
}

/** A rectangle in source pixels, fractional: pixel n covers n..n+1. */
export interface ViewportRect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The largest viewport of the output's shape ("cover") as fractions of the picture's width and height.
 * One of the two is 1. Aspect = width / height.
 */
export function coverFraction(
  pictureAspect: number,
  outputAspect: number,
): { width: number; height: number } {
  return pictureAspect > outputAspect
    ? { width: outputAspect / pictureAspect, height: 1 }
    : { width: 1, height: pictureAspect / outputAspect };
}

/**
 * Where the camera is at `t` (0..1, clamped) of the path.
 *
 * The viewport's size changes exponentially, so that a zoom seems to run at constant speed, and its edges move in
 * proportion to its size. Then the whole move is a scaling about one fixed point (at infinity for a pan): everything
 * on screen travels along straight lines, always in one direction. Interpolating centre and scale each for
 * itself was rejected: it bends the lines, and near an edge of the picture the motion turns back on itself.
 * As every viewport is a mean of the two ends, all lie inside the picture when both ends do.
 */
export function viewpointAt(path: ViewportPath, t: number): Viewpoint {
  const { from, to } = path;
  const eased = ease(path.easing, t);
  if (eased <= 0) return from;
  if (eased >= 1) return to;
  const ratio = from.scale / to.scale;
  const growth = power(ratio, eased);
  // (ratio^t - 1) / (ratio - 1) tends to t when there is no zoom; the quotient is useless close to it.
  const share = Math.abs(ratio - 1) < 1e-7 ? eased : (growth - 1) / (ratio - 1);
  return {
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share,
    scale: from.scale / growth,
  };
}

/** The part of the picture that a viewpoint shows, in source pixels; "cover" for any shapes, never outside the picture. */
export function viewportRect(
  viewpoint: Viewpoint,
  pictureWidth: number,
  pictureHeight: number,
  outputWidth: number,
  outputHeight: number,
): ViewportRect {
  const cover = coverFraction(pictureWidth / pictureHeight, outputWidth / outputHeight);
  const { x, y, scale } = containViewpoint(viewpoint, cover);
  const width = Math.min((cover.width * pictureWidth) / scale, pictureWidth);
  const height = Math.min((cover.height * pictureHeight) / scale, pictureHeight);
  return {
    left: clamp(x * pictureWidth - width / 2, 0, pictureWidth - width),
    top: clamp(y * pictureHeight - height / 2, 0, pictureHeight - height),
    width,
    height,
  };
}

/**
 * The nearest viewpoint whose viewport lies inside the picture. Paths are contained at their ends, before they run:
 * a viewport clamped halfway would stop against the edge while the zoom goes on.
 */
export function containViewpoint(viewpoint: Viewpoint, cover: { width: number; height: number }): Viewpoint {
  const scale = Math.max(1, viewpoint.scale);
  const halfWidth = cover.width / scale / 2;
  const halfHeight = cover.height / scale / 2;
  return {
    x: clamp(viewpoint.x, halfWidth, 1 - halfWidth),
    y: clamp(viewpoint.y, halfHeight, 1 - halfHeight),
    scale,
  };
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? Math.max(low, high) : value;
}
