/** Who wins what, in words, and where we do not. Pure: every sentence follows from a figure. */

import type { Spread } from "./statistics.ts";
import type { PresetRow, Rival } from "./summary.ts";

export interface Findings {
  readonly rivals: readonly Rival[];
  readonly presets: readonly PresetRow[];
  /** Two slots over one: how many times as fast. */
  readonly slots: Spread | null;
  /** A rerun with everything cached over the cold run; `scenes` in the film. */
  readonly warm: { readonly share: Spread; readonly scenes: number } | null;
  /** Largest resident memory of any one process of ours, bytes. */
  readonly slotBytes: number | null;
  readonly floors: { readonly own: string; readonly veryfast: string };
}

export interface Words {
  readonly wins: readonly string[];
  readonly ties: readonly string[];
  /** Somebody else's advantage, or a target of ours that was missed. */
  readonly losses: readonly string[];
}

/** What we hold ourselves to; see `docs/guide/bench.md`. */
export const TARGETS = {
  wholeOverFloor: 1.15,
  presetCpu: 1.7,
  slots: 1.9,
  warmShare: 0.02,
  warmScenes: 60,
  slotBytes: 600e6,
} as const;

/** Rounds within this of each other are a draw: a machine with nothing else to do repeats itself no better. */
const EVEN = 0.03;

export type Verdict = "ours" | "theirs" | "even";

/** A ratio above 1 speaks for us. Won is only what was won in every round. */
export function verdictOf(ratio: Spread): Verdict {
  if (ratio.min > 1 + EVEN) return "ours";
  if (ratio.max < 1 - EVEN) return "theirs";
  return "even";
}

type Finding = readonly [keyof Words, string];

export function wordsOf(findings: Findings): Words {
  const all = [
    ...floorWords(findings),
    ...findings.rivals
      .filter(({ id }) => id !== findings.floors.own && id !== findings.floors.veryfast)
      .flatMap(rivalWords),
    ...findings.presets.flatMap(presetWords),
    ...slotWords(findings),
    ...warmWords(findings),
    ...memoryWords(findings),
  ];
  const of = (kind: keyof Words): string[] => all.flatMap(([which, text]) => (which === kind ? [text] : []));
  return { wins: of("wins"), ties: of("ties"), losses: of("losses") };
}

function floorWords({ rivals, floors }: Findings): Finding[] {
  const words: Finding[] = [];
  const own = rivals.find(({ id }) => id === floors.own)?.wall ?? null;
  if (own !== null) {
    const whole = inverse(own);
    const met = whole.median <= TARGETS.wholeOverFloor;
    words.push([
      met ? "wins" : "losses",
      `A whole render takes ${times(whole)} the time in which x264 alone encodes its frames at our setting on all cores (aim: at most ${TARGETS.wholeOverFloor}, for a scene of 8 s).`,
    ]);
  }
  const veryfast = rivals.find(({ id }) => id === floors.veryfast)?.wall ?? null;
  if (veryfast !== null) {
    const verdict = verdictOf(veryfast);
    words.push([
      bucket(verdict),
      `A whole render takes ${times(inverse(veryfast))} the time in which x264 veryfast alone encodes the same frames.`,
    ]);
  }
  return words;
}

function rivalWords({ label, wall, cpu, jitter, ssim }: Rival): Finding[] {
  const words: Finding[] = [];
  if (wall !== null)
    words.push([bucket(verdictOf(wall)), `${sentenceStart(label)} takes ${times(wall)} our time.`]);
  if (cpu !== null)
    words.push([bucket(verdictOf(cpu)), `${sentenceStart(label)} takes ${times(cpu)} our CPU time.`]);
  const pictures = jitter.better + jitter.even + jitter.worse;
  if (pictures > 0) {
    words.push(
      ...scoreWords(
        jitter.worse,
        jitter.better,
        pictures,
        `${sentenceStart(label)} moves`,
        "less smoothly",
        "more smoothly",
      ),
      ...scoreWords(
        ssim.worse,
        ssim.better,
        pictures,
        `${sentenceStart(label)} comes`,
        "less near to the reference (SSIM)",
        "nearer to the reference (SSIM)",
      ),
    );
  }
  return words;
}

function scoreWords(
  forUs: number,
  forThem: number,
  pictures: number,
  subject: string,
  weWin: string,
  theyWin: string,
): Finding[] {
  const on = (count: number): string =>
    count === pictures ? "on every picture" : `on ${count} of ${pictures} pictures`;
  if (forUs === 0 && forThem === 0)
    return [["ties", `${subject} neither ${weWin} nor ${theyWin} than ours.`]];
  return [
    ...(forUs > 0 ? [["wins", `${subject} ${weWin} than ours ${on(forUs)}.`] as const] : []),
    ...(forThem > 0 ? [["losses", `${subject} ${theyWin} than ours ${on(forThem)}.`] as const] : []),
  ];
}

function presetWords({ preset, cpu, bytes, ssim, missed }: PresetRow): Finding[] {
  const words: Finding[] = [];
  const name = `x264 ${preset}`;
  if (cpu !== null)
    words.push([bucket(verdictOf(cpu)), `At equal SSIM ${name} takes ${times(cpu)} our setting's CPU time.`]);
  if (preset === "veryfast" && cpu !== null && cpu.min < TARGETS.presetCpu)
    words.push([
      "losses",
      `The aim of ${TARGETS.presetCpu} times less CPU than ${name} is ${cpu.max < TARGETS.presetCpu ? "missed on every picture" : "not met on every picture"}.`,
    ]);
  if (bytes !== null)
    words.push([bucket(verdictOf(bytes)), `At equal SSIM ${name} needs ${times(bytes)} our bytes.`]);
  if (ssim !== null) {
    const range = `${signed(ssim.min)} to ${signed(ssim.max)}`;
    const kind = ssim.max < -0.0005 ? "wins" : ssim.min > 0.0005 ? "losses" : "ties";
    words.push([kind, `At equal size the SSIM of ${name} is ${range} against ours.`]);
  }
  if (missed.length > 0)
    words.push(["ties", `No equal point with ${name} was found on ${missed.join(", ")}: left out.`]);
  return words;
}

function slotWords({ slots }: Findings): Finding[] {
  if (slots === null) return [];
  const met = slots.median >= TARGETS.slots;
  return [[met ? "wins" : "losses", `Two slots are ${times(slots)} as fast as one (aim: ${TARGETS.slots}).`]];
}

function warmWords({ warm }: Findings): Finding[] {
  if (warm === null) return [];
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  const met = warm.share.median <= TARGETS.warmShare;
  // The program's own start weighs the more the shorter the film: the aim is for a film of many scenes.
  const judged = met || warm.scenes >= TARGETS.warmScenes;
  return [
    [
      met ? "wins" : judged ? "losses" : "ties",
      `A film of ${warm.scenes} scenes with everything cached takes ${percent(warm.share.median)} of the cold run (aim: ${percent(TARGETS.warmShare)}, for ${TARGETS.warmScenes} scenes).`,
    ],
  ];
}

function memoryWords({ slotBytes }: Findings): Finding[] {
  if (slotBytes === null) return [];
  const met = slotBytes <= TARGETS.slotBytes;
  return [
    [
      met ? "wins" : "losses",
      `No process of ours took more than ${Math.round(slotBytes / 1e6)} MB (aim: ${TARGETS.slotBytes / 1e6}).`,
    ],
  ];
}

function bucket(verdict: Verdict): keyof Words {
  return verdict === "ours" ? "wins" : verdict === "theirs" ? "losses" : "ties";
}

function inverse({ min, median, max, count }: Spread): Spread {
  return { min: 1 / max, median: 1 / median, max: 1 / min, count };
}

function times(spread: Spread): string {
  const digits = (value: number): string => value.toFixed(value >= 9.95 ? 1 : 2);
  const range = spread.count === 1 ? "" : ` (${digits(spread.min)} to ${digits(spread.max)})`;
  return `${digits(spread.median)} times${range}`;
}

function signed(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
}

function sentenceStart(label: string): string {
  return label.slice(0, 1).toUpperCase() + label.slice(1);
}
