/** Contenders in turn, A B C A B C, so that a machine's mood falls on all of them alike. */

export interface Contender<Sample> {
  readonly id: string;
  /** Runs in the first `maxRounds` rounds only; the slow ones need not run as often. */
  readonly maxRounds?: number;
  readonly run: (round: number) => Promise<Sample>;
}

export interface RoundSample<Sample> {
  readonly id: string;
  readonly round: number;
  readonly sample: Sample;
}

/** Every second round runs backwards: who comes first finds a machine that the last one has warmed. */
export async function runRounds<Sample>(
  contenders: readonly Contender<Sample>[],
  rounds: number,
  onSample: (sample: RoundSample<Sample>) => void = () => {},
): Promise<RoundSample<Sample>[]> {
  const samples: RoundSample<Sample>[] = [];
  for (let round = 0; round < rounds; round++) {
    const inTurn = contenders.filter(({ maxRounds }) => round < (maxRounds ?? rounds));
    for (const { id, run } of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const taken = { id, round, sample: await run(round) };
      samples.push(taken);
      onSample(taken);
    }
  }
  return samples;
}
