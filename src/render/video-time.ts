/** Which moment of a video stands at which frame of the film: exact fractions, no sums of seconds. Pure. */
import type { Fraction } from "../spec/production.ts";
import type { VideoPlan } from "./plan.ts";

/**
 * Containers round times to their own ticks (a millisecond in Matroska); a frame this little later than the moment
 * asked for is the one that was meant.
 */
const TOLERANCE_US = 1000;
const MICROSECONDS = 1_000_000;

/** What a source says about its times; see `VideoFacts`. */
export interface VideoClock {
  readonly timeBase: Fraction;
  readonly firstTick: number;
  readonly lastTick: number;
  readonly seconds: number;
}

/** The part of a source that a scene shows, in whole microseconds from its first frame. */
export interface VideoRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** `from` and `to` in seconds; `to` null or beyond the end means the end. */
export function videoRange(
  trim: { readonly from: number; readonly to: number | null },
  seconds: number,
): VideoRange {
  const endUs = Math.round(seconds * MICROSECONDS);
  const toUs = trim.to === null ? endUs : Math.min(endUs, Math.round(trim.to * MICROSECONDS));
  return { fromUs: Math.round(trim.from * MICROSECONDS), toUs };
}

/** Frames of the output rate that hold the range at its own speed: rounded up, at least one. */
export function framesOfRange({ fromUs, toUs }: VideoRange, fps: Fraction): number {
  return Math.max(1, Math.ceil(((toUs - fromUs - TOLERANCE_US) * fps.num) / (MICROSECONDS * fps.den)));
}

export interface VideoUse {
  readonly clock: VideoClock;
  readonly range: VideoRange;
  readonly deinterlace: boolean;
  /** Frames over which the range is spread, faster or slower; null: at its own speed. */
  readonly spreadFrames: number | null;
  /** The scene's length. */
  readonly sceneFrames: number;
}

/** @param sceneFrame the scene's frame that stands at the chunk's frame 0; negative before the scene's cut */
export function planVideo(use: VideoUse, fps: Fraction, sceneFrame: number): VideoPlan {
  const { clock, range, deinterlace, spreadFrames, sceneFrames } = use;
  const lengthUs = range.toUs - range.fromUs;
  // At its own speed a range that is too short holds its last frame; one that fills the scene goes on beneath a transition.
  const holds = spreadFrames === null && framesOfRange(range, fps) < sceneFrames;
  const end = holds ? lastTickBefore(clock, range.toUs) : clock.lastTick;
  return {
    deinterlace,
    timeBase: clock.timeBase,
    firstTick: clock.firstTick,
    lastTick: Math.min(clock.lastTick, end),
    startUs: range.fromUs,
    step: spreadFrames === null ? reduce(fps.den * MICROSECONDS, fps.num) : reduce(lengthUs, spreadFrames),
    sceneFrame,
  };
}

/** The tick at which the chunk's frame `index` looks at the video: the last frame not after it is shown. */
export function shownTick(plan: VideoPlan, index: number): bigint {
  const { timeBase, step } = plan;
  const frame = BigInt(plan.sceneFrame + index);
  // Microseconds as a fraction over step.den, then ticks, rounded down.
  const us = BigInt(plan.startUs + toleranceUs(timeBase)) * BigInt(step.den) + frame * BigInt(step.num);
  const tick =
    BigInt(plan.firstTick) +
    floorDiv(us * BigInt(timeBase.den), BigInt(step.den) * BigInt(timeBase.num) * BigInt(MICROSECONDS));
  const [low, high] = [BigInt(plan.firstTick), BigInt(plan.lastTick)];
  return tick < low ? low : tick > high ? high : tick;
}

/** Fine clocks round by less, and need less. */
function toleranceUs({ num, den }: Fraction): number {
  return Math.min(TOLERANCE_US, Math.ceil((num * MICROSECONDS) / den));
}

/** The last tick that lies before `us`: no frame of the part that was cut away is shown. */
function lastTickBefore(clock: VideoClock, us: number): number {
  const { num, den } = clock.timeBase;
  const ticks = Math.ceil(((us - toleranceUs(clock.timeBase)) * den) / (num * MICROSECONDS));
  return clock.firstTick + Math.max(0, ticks - 1);
}

function reduce(num: number, den: number): Fraction {
  let [a, b] = [num, den];
  while (b !== 0) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
