/** Where each of several videos stands in the film that they make one behind the other. Pure. */
import type { VideoFacts } from "./process/tasks/probe-video.ts";
import { SAMPLE_RATE } from "./timeline.ts";

export interface JoinedPiece {
  readonly frames: number;
  readonly firstTick: number;
  readonly lastTick: number;
  /** All in ticks of the film. */
  readonly startTick: number;
  readonly lastFrameTick: number;
  readonly lastFrameTicks: number;
}

export interface JoinPlan {
  /** Ticks of the film in a second. */
  readonly timescale: number;
  readonly pieces: readonly JoinedPiece[];
  readonly totalTicks: number;
  readonly totalSamples: number;
}

/** Above this a clock is too fine to count hours in; microseconds then round by half of one at most. */
const FINEST = 10_000_000;
const MICROSECONDS = 1_000_000;

/** What keeps the videos from being joined as they are, in words; empty: nothing. Named by their place, from 1. */
export function joinDifferences(videos: readonly VideoFacts[]): string[] {
  const [first] = videos;
  if (first === undefined) return [];
  return videos.flatMap((video, index) => {
    const name = `video ${index + 1}`;
    const differences = Object.entries(video.coding)
      .filter(([key, value]) => first.coding[key] !== value)
      .map(([key, value]) => `${name} has ${key} ${value}, video 1 has ${first.coding[key]}`);
    if (!COPYABLE.has(video.codec)) differences.push(`${name} is ${video.codec}, which an mp4 does not hold`);
    if (!video.startsClean) differences.push(`${name} begins or ends with frames that an edit list hides`);
    return differences;
  });
}

const COPYABLE = new Set(["h264", "hevc", "av1", "libdav1d", "vp9", "mpeg4"]);

/** Each video begins at the very end of the last frame of the one before. */
export function planJoin(videos: readonly VideoFacts[]): JoinPlan {
  const timescale = videos.reduce((scale, { timeBase }) => leastCommonMultiple(scale, timeBase.den), 1);
  const fine = timescale <= FINEST ? timescale : MICROSECONDS;
  let startTick = 0;
  const pieces = videos.map(({ frames, firstTick, lastTick, timeBase, seconds }): JoinedPiece => {
    const ticksOf = (ticks: number): number => Math.round((ticks * timeBase.num * fine) / timeBase.den);
    const lastFrameTick = startTick + ticksOf(lastTick - firstTick);
    const endTick = startTick + Math.round(seconds * fine);
    const piece = {
      frames,
      firstTick,
      lastTick,
      startTick,
      lastFrameTick,
      lastFrameTicks: Math.max(1, endTick - lastFrameTick),
    };
    startTick = lastFrameTick + piece.lastFrameTicks;
    return piece;
  });
  return { timescale: fine, pieces, totalTicks: startTick, totalSamples: samplesAt(startTick, fine) };
}

export function samplesAt(tick: number, timescale: number): number {
  return Math.round((tick * SAMPLE_RATE) / timescale);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return Math.min(Number.MAX_SAFE_INTEGER, (a / x) * b);
}
