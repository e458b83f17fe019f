/** The bench's command line, resolved. Pure. */
import { parseArgs } from "node:util";

export const PICTURES = ["photograph", "illustration", "screenshot", "slide"] as const;
export type PictureName = (typeof PICTURES)[number];

export const PARTS = ["race", "equal", "film"] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly pictures: readonly PictureName[];
  readonly parts: readonly Part[];
  /** Length of the scene that all contenders make. */
  readonly seconds: number;
  /** Of our render and of x264 alone, on each picture. */
  readonly rounds: number;
  /** Of those who take several times as long, and of those who take still longer. */
  readonly peerRounds: number;
  readonly slowRounds: number;
  /** Frames encoded for each trial at equal quality; the more, the less the first one, a keyframe, weighs. */
  readonly equalFrames: number;
  readonly filmScenes: number;
  readonly filmSceneSeconds: number;
}

export const USAGE = `Usage: npm run bench -- [options]

  --pictures <names>  some of ${PICTURES.join(", ")} (default: all)
  --parts <names>     some of ${PARTS.join(", ")} (default: all)
  --rounds <n>        times we and x264 alone run on each picture, the others half as often (default: 2, quick: 1)
  --seconds <n>       length of the scene (default: 6, quick: 5.2)
  --quick             one picture, one round, short films: some two minutes`;

/** @throws RangeError with a sentence for the user */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pictures: { type: "string" },
      parts: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      quick: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const rounds = Math.round(numberOf("--rounds", values.rounds, quick ? 1 : 2, 1));
  return {
    pictures: listOf("--pictures", values.pictures, PICTURES, quick ? ["photograph"] : PICTURES),
    parts: listOf("--parts", values.parts, PARTS, PARTS),
    // From 5 s on a scene is two chunks; a shorter one would leave the second core idle.
    seconds: numberOf("--seconds", values.seconds, quick ? 5.2 : 6, 0.5),
    rounds,
    peerRounds: Math.max(1, Math.floor(rounds / 2)),
    slowRounds: 1,
    equalFrames: quick ? 48 : 90,
    filmScenes: quick ? 8 : 60,
    filmSceneSeconds: 2,
  };
}

function listOf<Name extends string>(
  flag: string,
  text: string | undefined,
  known: readonly Name[],
  otherwise: readonly Name[],
): readonly Name[] {
  if (text === undefined) return otherwise;
  const names = text.split(",");
  const unknown = names.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new RangeError(`${flag} has no ${JSON.stringify(unknown)}; there are ${known.join(", ")}.`);
  return known.filter((name) => names.includes(name));
}

function numberOf(flag: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value >= least) || !Number.isFinite(value))
    throw new RangeError(`${flag} needs a number of ${least} or more.`);
  return value;
}
