/** What a pool needs to be known by, to foretell how long it takes. */
export interface PoolSpeed {
  /** Slots that work at once: of this machine, or of one rented machine. */
  readonly slotsPerMachine: number;
  /** Seconds that one slot needs for one second of work. Work is counted in seconds of a slot of speed 1. */
  readonly secondsPerWorkSecond: number;
  /** From asking for a machine until it takes work; 0 for this one. */
  readonly bootSeconds: number;
  /** To send inputs to a machine and fetch results from it, in all, spread over the machines. */
  readonly transferSeconds: number;
}

export interface Work {
  readonly chunks: number;
  /** Of one chunk on average, on a slot of speed 1. */
  readonly secondsPerChunk: number;
}

/**
 * Seconds from now to the last chunk. Chunks are not divided: 9 chunks on 8 slots take as long as 16. After many
 * rounds the slots are out of step, and the last round is half full on average.
 */
export function predictSeconds(work: Work, speed: PoolSpeed, machines: number): number {
  if (work.chunks === 0) return 0;
  const slots = Math.max(1, machines * speed.slotsPerMachine);
  const each = work.secondsPerChunk * speed.secondsPerWorkSecond;
  const rounds =
    work.chunks <= 8 * slots
      ? Math.ceil(work.chunks / slots)
      : (work.chunks - 1) / slots + (slots + 1) / (2 * slots);
  return speed.bootSeconds + rounds * each + speed.transferSeconds / Math.max(1, machines);
}

/**
 * From how many chunks on renting `machines` beats this machine; null: never (they are not faster in all).
 * Chunks rather than seconds, because chunks are what is dealt out.
 */
export function breakEvenChunks(
  secondsPerChunk: number,
  local: PoolSpeed,
  burst: PoolSpeed,
  machines: number,
): number | null {
  const wins = (chunks: number): boolean => {
    const work = { chunks, secondsPerChunk };
    return predictSeconds(work, burst, machines) < predictSeconds(work, local, 1);
  };
  const rate = ({ slotsPerMachine, secondsPerWorkSecond }: PoolSpeed, count: number): number =>
    (count * slotsPerMachine) / secondsPerWorkSecond;
  if (rate(burst, machines) <= rate(local, 1)) return null;
  let [loses, enough] = [0, 1];
  while (!wins(enough)) [loses, enough] = [enough, enough * 2];
  while (enough - loses > 1) {
    const middle = Math.floor((loses + enough) / 2);
    if (wins(middle)) enough = middle;
    else loses = middle;
  }
  return enough;
}
