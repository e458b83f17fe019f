/** Coordinate descent with random restarts over the options of an encoder. Pure but for what `score` does. */
import { type Candidate, changed, nameOf, type Space } from "./candidate.ts";

export interface DescentOptions {
  readonly space: Space;
  readonly start: Candidate;
  /** 0 <= x < 1; seeded, so that a search can be repeated. */
  readonly random: () => number;
  /** Higher is better; null for a candidate that the encoder refuses or that is given up early. */
  readonly score: (candidate: Candidate, toBeat: number) => Promise<number | null>;
  /** Asked before every trial. */
  readonly goOn: () => boolean;
}

/** Less than this is the timer's noise. */
const LEAST_GAIN = 0.01;
/** Options that a restart changes at random. */
const RESTART_CHANGES = 4;

/**
 * Changes one option at a time, in random order, and keeps what is better; when nothing is, starts again from the
 * best with some options thrown. @returns the best seen
 */
export async function descend({ space, start, random, score, goOn }: DescentOptions): Promise<Candidate> {
  const tried = new Set([nameOf(start)]);
  let best = start;
  let bestScore = (await score(start, Number.NEGATIVE_INFINITY)) ?? Number.NEGATIVE_INFINITY;
  let [current, currentScore] = [best, bestScore];
  while (goOn()) {
    let moved = false;
    let fresh = false;
    for (const option of shuffled(Object.keys(space), random)) {
      for (const value of shuffled(space[option] as readonly string[], random)) {
        const candidate = changed(current, { [option]: value });
        if (tried.has(nameOf(candidate))) continue;
        if (!goOn()) return best;
        tried.add(nameOf(candidate));
        fresh = true;
        const reached = await score(candidate, currentScore);
        if (reached === null || reached < currentScore + LEAST_GAIN) continue;
        [current, currentScore, moved] = [candidate, reached, true];
        if (reached > bestScore) [best, bestScore] = [candidate, reached];
      }
    }
    if (moved) continue;
    const thrown = throwDice(best, space, random);
    // Everything near is known: a space this small has been searched.
    if (!fresh && tried.has(nameOf(thrown))) return best;
    tried.add(nameOf(thrown));
    [current, currentScore] = [thrown, (await score(thrown, Number.NEGATIVE_INFINITY)) ?? bestScore];
  }
  return best;
}

function throwDice(from: Candidate, space: Space, random: () => number): Candidate {
  const options = shuffled(Object.keys(space), random).slice(0, RESTART_CHANGES);
  return changed(
    from,
    Object.fromEntries(
      options.map((option) => [option, shuffled(space[option] as readonly string[], random)[0] as string]),
    ),
  );
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as Item, result[i] as Item];
  }
  return result;
}
