/** Measurements of different bytes and different likeness made comparable, and what is best among them. Pure. */
import type { Measurement } from "./measurement.ts";

type Point = Pick<Measurement, "sizeBytes" | "ssim">;

/** A candidate on one sequence against x264 veryfast. */
export interface Comparison {
  /** veryfast's CPU seconds over the candidate's: above 1 is cheaper. */
  readonly cpuGain: number;
  /** The candidate's bytes over those veryfast needs for the same SSIM: below 1 is smaller. */
  readonly equalSsimBytes: number;
  /** Over and above veryfast crf 23, as they are. */
  readonly bytes: number;
  readonly ssim: number;
  readonly jitter: number;
  readonly reversals: number;
}

/**
 * @param curve veryfast on the same frames at some values of crf
 * @param plain veryfast crf 23
 */
export function compare(own: Measurement, curve: readonly Point[], plain: Point): Comparison {
  return {
    cpuGain: own.yardstickCpuSeconds / own.cpuSeconds,
    equalSsimBytes: own.sizeBytes / bytesAt(curve, own.ssim),
    bytes: own.sizeBytes / plain.sizeBytes,
    ssim: own.ssim - plain.ssim,
    jitter: own.jitter,
    reversals: own.reversals,
  };
}

/**
 * What a curve of at least two points would need for `ssim`. Straight between points in decibels of 1 - SSIM against the
 * logarithm of bytes, where encoders are nearly straight; the end pieces go on beyond the ends.
 */
export function bytesAt(curve: readonly Point[], ssim: number): number {
  const sorted = [...curve].sort((left, right) => left.ssim - right.ssim);
  const wanted = decibels(ssim);
  const above = sorted.findIndex((point) => decibels(point.ssim) >= wanted);
  const second = above === -1 ? sorted.length - 1 : Math.max(1, above);
  const [low, high] = [sorted[second - 1], sorted[second]];
  if (low === undefined || high === undefined) throw new RangeError("A curve needs two points.");
  const share = (wanted - decibels(low.ssim)) / (decibels(high.ssim) - decibels(low.ssim));
  return Math.exp(Math.log(low.sizeBytes) * (1 - share) + Math.log(high.sizeBytes) * share);
}

function decibels(ssim: number): number {
  return -10 * Math.log10(Math.max(1e-9, 1 - ssim));
}

/** One candidate over all sequences: geometric means of ratios, plain means of the rest. */
export interface Summary {
  readonly cpuGain: number;
  readonly equalSsimBytes: number;
  readonly bytes: number;
  readonly ssim: number;
  readonly jitter: number;
  readonly worstJitter: number;
  readonly reversals: number;
}

export function summarize(all: readonly Comparison[]): Summary {
  const mean = (pick: (one: Comparison) => number): number =>
    all.reduce((sum, one) => sum + pick(one), 0) / all.length;
  const ratio = (pick: (one: Comparison) => number): number => Math.exp(mean((one) => Math.log(pick(one))));
  return {
    cpuGain: ratio((one) => one.cpuGain),
    equalSsimBytes: ratio((one) => one.equalSsimBytes),
    bytes: ratio((one) => one.bytes),
    ssim: mean((one) => one.ssim),
    jitter: mean((one) => one.jitter),
    worstJitter: Math.max(...all.map((one) => one.jitter)),
    reversals: all.reduce((sum, one) => sum + one.reversals, 0),
  };
}

/** What a quality level is asked for. */
export interface Aim {
  /** px/frame² on every sequence. */
  readonly jitter: number;
  /** SSIM over veryfast crf 23's that the level should have. */
  readonly ssim: number;
  /** Against veryfast crf 23: more bytes than this are too many. */
  readonly bytes: number;
}

/**
 * One number to climb by: the logarithm of the CPU gained, less what is missed. Ten percent of bytes too many at equal
 * SSIM weigh as much as twenty percent of CPU; jitter twice the gate as much as a factor of two.
 */
export function scoreOf(all: readonly Comparison[], aim: Aim): number {
  const parts = all.map(
    (one) =>
      Math.log(one.cpuGain) -
      2 * Math.max(0, Math.log(one.equalSsimBytes)) -
      2 * Math.max(0, Math.log(one.bytes / aim.bytes)) -
      0.7 * Math.max(0, one.jitter / aim.jitter - 1) -
      200 * Math.max(0, aim.ssim - 0.002 - one.ssim) -
      0.2 * one.reversals,
  );
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** Those that no other beats in CPU, bytes at equal SSIM and jitter all at once; cheapest first. */
export function paretoFront<Item extends { readonly summary: Summary }>(items: readonly Item[]): Item[] {
  return items
    .filter((item) => !items.some((other) => dominates(other.summary, item.summary)))
    .sort((left, right) => right.summary.cpuGain - left.summary.cpuGain);
}

function dominates(left: Summary, right: Summary): boolean {
  const pairs: readonly (readonly [number, number])[] = [
    [left.cpuGain, right.cpuGain],
    [-left.equalSsimBytes, -right.equalSsimBytes],
    [-left.jitter, -right.jitter],
  ];
  return pairs.every(([mine, theirs]) => mine >= theirs) && pairs.some(([mine, theirs]) => mine > theirs);
}
