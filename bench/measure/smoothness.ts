/**
 * How smoothly a film moves, measured on its decoded frames.
 *
 * Some hundred corners are tracked from each frame to the next, a similarity is fitted to them, and four
 * fixed points are followed by composing the similarities. The eye sees a jerk as acceleration, so the
 * figure is the mean length of the second difference of those four tracks, in pixels per frame squared.
 */
import { CornerTracker } from "./corner-tracker.ts";
import type { LumaFrame } from "./luma-frame.ts";
import { applySimilarity, fitSimilarity, type Point } from "./similarity.ts";

export interface SmoothnessOptions {
  readonly corners?: number;
  /**
   * Where a point of frame 0 truly stands in a later frame. When the path is known, its own acceleration
   * (an eased zoom has some) is taken off before anything is counted.
   */
  readonly truth?: (frame: number, point: Point) => Point;
}

export interface Smoothness {
  readonly frames: number;
  /** Mean |second difference|, px/frame², of the tracks (less the truth's, where that is known). */
  readonly jitter: number;
  /**
   * The same after taking off a centred 9-frame mean of the second difference: what remains of `jitter`
   * when a smooth but unknown easing is in the film. Equals `jitter` (within some percent) without easing.
   */
  readonly detrendedJitter: number;
  /** The largest single second difference, px/frame² (less the truth's). */
  readonly worst: number;
  /** Steps against the mean direction of the whole track, by any amount, summed over the four points. */
  readonly reversals: number;
  /** Of these, the ones by more than 0.02 px: less than that the eye has no chance to see. */
  readonly visibleReversals: number;
  /** Pairs of frames to which no similarity could be fitted (a cut, or nothing to hold on to). */
  readonly lost: number;
  /** Mean number of corners that agreed with the fit. */
  readonly meanInliers: number;
}

const TREND_FRAMES = 9;
const VISIBLE_STEP_PIXELS = 0.02;

/** Reads all frames; memory is that of two. A frame pair that cannot be fitted ends one track and begins another. */
export async function measureSmoothness(
  frames: Iterable<LumaFrame> | AsyncIterable<LumaFrame>,
  options: SmoothnessOptions = {},
): Promise<Smoothness> {
  const tracker = await CornerTracker.create(options.corners);
  const tracks: Point[][] = [];
  let [count, lost, inliers, fits] = [0, 0, 0, 0];
  let current: Point[][] = [];
  let starts: readonly Point[] = [];
  for await (const frame of frames) {
    const matches = tracker.next(frame);
    if (count === 0) {
      starts = quarterPoints(frame);
      current = starts.map((point) => [point]);
    } else {
      const fit = fitSimilarity(matches);
      if (fit === null) {
        lost++;
        tracks.push(...current);
        current = starts.map((point) => [point]);
      } else {
        inliers += fit.inliers;
        fits++;
        for (const track of current) track.push(applySimilarity(fit.transform, track.at(-1) as Point));
      }
    }
    count++;
  }
  tracker.close();
  tracks.push(...current);
  const relative = lost > 0 ? undefined : options.truth;
  return {
    frames: count,
    ...judge(tracks, starts, relative),
    lost,
    meanInliers: fits === 0 ? 0 : inliers / fits,
  };
}

type Judgement = Pick<Smoothness, "jitter" | "detrendedJitter" | "worst" | "reversals" | "visibleReversals">;

/** Exported for the test: the figures for tracks as such. */
export function judge(
  tracks: readonly (readonly Point[])[],
  starts: readonly Point[],
  truth: SmoothnessOptions["truth"],
): Judgement {
  let [sum, detrended, worst, terms, reversals, visibleReversals] = [0, 0, 0, 0, 0, 0];
  tracks.forEach((track, index) => {
    const actual = secondDifferences(track);
    const start = starts[index % starts.length] as Point;
    const expected = truth && secondDifferences(track.map((_, frame) => truth(frame, start)));
    const excess = expected ? actual.map((value, i) => minus(value, expected[i] as Point)) : actual;
    excess.forEach((value, i) => {
      sum += length(value);
      worst = Math.max(worst, length(value));
      detrended += length(minus(value, windowMean(excess, i)));
      terms++;
    });
    const against = stepsAgainst(track);
    reversals += against.filter((amount) => amount > 0).length;
    visibleReversals += against.filter((amount) => amount > VISIBLE_STEP_PIXELS).length;
  });
  const mean = (total: number): number => (terms === 0 ? 0 : total / terms);
  return { jitter: mean(sum), detrendedJitter: mean(detrended), worst, reversals, visibleReversals };
}

function quarterPoints({ width, height }: LumaFrame): Point[] {
  return [0.25, 0.75].flatMap((y) => [0.25, 0.75].map((x) => ({ x: x * width, y: y * height })));
}

function secondDifferences(track: readonly Point[]): Point[] {
  return track.slice(2).map((point, i) => {
    const [before, middle] = [track[i] as Point, track[i + 1] as Point];
    return { x: point.x - 2 * middle.x + before.x, y: point.y - 2 * middle.y + before.y };
  });
}

function windowMean(values: readonly Point[], centre: number): Point {
  const half = TREND_FRAMES >> 1;
  const near = values.slice(Math.max(0, centre - half), centre + half + 1);
  const total = near.reduce((left, right) => ({ x: left.x + right.x, y: left.y + right.y }), { x: 0, y: 0 });
  return { x: total.x / near.length, y: total.y / near.length };
}

/** Per step, how far it went against the whole track's direction, pixels; negative for the good ones. */
function stepsAgainst(track: readonly Point[]): number[] {
  const whole = minus(track.at(-1) as Point, track[0] as Point);
  const distance = length(whole);
  // A point that stands still has no direction to go against.
  if (distance < 0.5) return [];
  return track.slice(1).map((point, i) => {
    const step = minus(point, track[i] as Point);
    return -(step.x * whole.x + step.y * whole.y) / distance;
  });
}

function minus(left: Point, right: Point): Point {
  return { x: left.x - right.x, y: left.y - right.y };
}

function length({ x, y }: Point): number {
  return Math.sqrt(x * x + y * y);
}
