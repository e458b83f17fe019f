/** The run's samples as ratios. Pure. */
import type { Trial } from "../crf-search.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** One contender on one picture; the fields of `RaceEntry` that ratios are made of. */
export interface Entry {
  readonly picture: string;
  readonly id: string;
  readonly label: string;
  readonly samples: readonly {
    readonly round: number;
    readonly wallSeconds: number;
    readonly cpuSeconds: number | null;
  }[];
  readonly quality: { readonly jitter: number; readonly reversals: number; readonly ssim: number } | null;
}

export interface Rival {
  readonly id: string;
  readonly label: string;
  /** Its wall and CPU time over that of our whole render in the same round: above 1 we are faster. */
  readonly wall: Spread | null;
  readonly cpu: Spread | null;
  /** On how many pictures its film is smoother, as smooth and rougher than ours; and likewise nearer to the reference. */
  readonly jitter: Score;
  readonly ssim: Score;
}

export interface Score {
  readonly better: number;
  readonly even: number;
  readonly worse: number;
}

/** Below these nobody sees a difference: px/frame² and SSIM. */
const JITTER_EVEN = 0.005;
const SSIM_EVEN = 0.001;

export function rivalsOf(entries: readonly Entry[], ours: string): Rival[] {
  const own = entries.filter(({ id }) => id === ours);
  const ids = [...new Set(entries.map(({ id }) => id))].filter((id) => id !== ours);
  return ids.map((id) => {
    const theirs = entries.filter((entry) => entry.id === id);
    return {
      id,
      label: theirs[0]?.label ?? id,
      wall: spreadOf(paired(theirs, own, "wallSeconds")),
      cpu: spreadOf(paired(theirs, own, "cpuSeconds")),
      jitter: score(theirs, own, (them, us) => us.jitter - them.jitter, JITTER_EVEN),
      ssim: score(theirs, own, (them, us) => them.ssim - us.ssim, SSIM_EVEN),
    };
  });
}

/** Ratios within a round on one picture: what else the machine did then falls out. */
export function paired(
  theirs: readonly Entry[],
  own: readonly Entry[],
  figure: "wallSeconds" | "cpuSeconds",
): number[] {
  return theirs.flatMap(({ picture, samples }) => {
    const base = own.find((entry) => entry.picture === picture)?.samples ?? [];
    return samples.flatMap((sample) => {
      const value = sample[figure];
      const reference = base.find(({ round }) => round === sample.round)?.[figure] ?? null;
      return value === null || reference === null || reference <= 0 ? [] : [value / reference];
    });
  });
}

type Quality = NonNullable<Entry["quality"]>;

function score(
  theirs: readonly Entry[],
  own: readonly Entry[],
  advantage: (them: Quality, us: Quality) => number,
  even: number,
): Score {
  const differences = theirs.flatMap(({ picture, quality }) => {
    const us = own.find((entry) => entry.picture === picture)?.quality ?? null;
    return quality === null || us === null ? [] : [advantage(quality, us)];
  });
  return {
    better: differences.filter((difference) => difference > even).length,
    even: differences.filter((difference) => Math.abs(difference) <= even).length,
    worse: differences.filter((difference) => difference < -even).length,
  };
}

export interface EqualEntry {
  readonly picture: string;
  readonly preset: string;
  readonly ours: Trial;
  readonly atOurSsim: Trial;
  readonly atOurSize: Trial;
  readonly cpu: readonly { readonly preset: number; readonly ours: number }[];
}

export interface PresetRow {
  readonly preset: string;
  /** Per picture: the preset's CPU seconds and bytes over ours where SSIM is equal. */
  readonly cpu: Spread | null;
  readonly bytes: Spread | null;
  /** Per picture: the preset's SSIM less ours where size is equal. */
  readonly ssim: Spread | null;
  /** Pictures on which no crf met our SSIM within 0.002, or our size within 5 %. */
  readonly missed: readonly string[];
}

export function presetRows(entries: readonly EqualEntry[]): PresetRow[] {
  return [...new Set(entries.map(({ preset }) => preset))].map((preset) => {
    const all = entries.filter((entry) => entry.preset === preset);
    const sameSsim = all.filter(({ atOurSsim, ours }) => Math.abs(atOurSsim.ssim - ours.ssim) <= 0.002);
    const sameSize = all.filter(
      ({ atOurSize, ours }) => Math.abs(atOurSize.sizeBytes / ours.sizeBytes - 1) <= 0.05,
    );
    return {
      preset,
      cpu: spreadOf(sameSsim.flatMap(({ cpu }) => cpu.map((sample) => sample.preset / sample.ours))),
      bytes: spreadOf(sameSsim.map(({ atOurSsim, ours }) => atOurSsim.sizeBytes / ours.sizeBytes)),
      ssim: spreadOf(sameSize.map(({ atOurSize, ours }) => atOurSize.ssim - ours.ssim)),
      missed: all
        .filter((entry) => !sameSsim.includes(entry) || !sameSize.includes(entry))
        .map(({ picture }) => picture),
    };
  });
}
