/** Finds the crf at which an encoder meets a wanted figure. Pure but for the trials it is given. */

export interface Trial {
  readonly crf: number;
  readonly ssim: number;
  readonly sizeBytes: number;
  readonly cpuSeconds: number;
}

export type Goal = { readonly ssim: number } | { readonly sizeBytes: number };

/** Tenths of a crf: finer than any figure here can tell. */
const STEP = 0.1;
const [LOWEST, HIGHEST] = [4, 45];

/** How far a trial is off: positive when too good (too large); in units of the tolerance that is granted. */
export function excess(trial: Trial, goal: Goal): number {
  return "ssim" in goal
    ? (trial.ssim - goal.ssim) / 0.002
    : Math.log(trial.sizeBytes / goal.sizeBytes) / Math.log(1.05);
}

/**
 * Both figures fall steadily with crf, so a straight line through the two nearest trials on either side
 * (or the last two) meets the goal in a few steps; a halving guards it.
 *
 * @param tolerance in the units of `excess`: 1 is SSIM ±0.002 or size ±5 %
 * @returns the nearest trial; whether it is near enough is the caller's to see
 */
export async function searchCrf(
  trials: Map<number, Trial>,
  evaluate: (crf: number) => Promise<Trial>,
  goal: Goal,
  options: { readonly start: number; readonly tolerance: number; readonly attempts: number },
): Promise<Trial> {
  const at = async (crf: number): Promise<Trial> => {
    const known = trials.get(crf) ?? (await evaluate(crf));
    trials.set(crf, known);
    return known;
  };
  await at(round(options.start));
  for (let attempt = 0; attempt < options.attempts; attempt++) {
    const best = nearest([...trials.values()], goal);
    if (Math.abs(excess(best, goal)) <= options.tolerance) return best;
    const next = nextCrf([...trials.values()], goal);
    if (next === null) return best;
    await at(next);
  }
  return nearest([...trials.values()], goal);
}

export function nearest(trials: readonly Trial[], goal: Goal): Trial {
  const sorted = trials.toSorted((a, b) => Math.abs(excess(a, goal)) - Math.abs(excess(b, goal)));
  const first = sorted[0];
  if (first === undefined) throw new RangeError("No trial was made.");
  return first;
}

/** null: no crf between the known ones is left to try. */
export function nextCrf(trials: readonly Trial[], goal: Goal): number | null {
  const sorted = trials.toSorted((a, b) => a.crf - b.crf);
  const above = sorted.filter((trial) => excess(trial, goal) > 0).at(-1);
  const below = sorted.find((trial) => excess(trial, goal) <= 0 && trial.crf > (above?.crf ?? -1));
  if (above !== undefined && below !== undefined) {
    const [high, low] = [excess(above, goal), excess(below, goal)];
    const share = Math.min(0.9, Math.max(0.1, high / (high - low)));
    const crf = round(above.crf + share * (below.crf - above.crf));
    return trials.some((trial) => trial.crf === crf) ? null : crf;
  }
  // One side only is known: go on outwards along the last two trials, a little farther than the line says.
  const [edge, inner] = above === undefined ? [sorted[0] as Trial, sorted[1]] : [above, sorted.at(-2)];
  const off = excess(edge, goal);
  const perCrf = inner === undefined ? 0 : (excess(inner, goal) - off) / (edge.crf - inner.crf);
  const reach = perCrf > 0 ? (1.2 * Math.abs(off)) / perCrf : 0.7 * Math.abs(off);
  const step = Math.sign(off) * Math.min(8, Math.max(1, reach));
  const crf = round(Math.min(HIGHEST, Math.max(LOWEST, edge.crf + step)));
  return trials.some((trial) => trial.crf === crf) ? null : crf;
}

function round(crf: number): number {
  return Math.round(crf / STEP) / Math.round(1 / STEP);
}
