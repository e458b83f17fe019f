/**
 * Searches encoder settings for slow motion over stills and prints the Pareto front of CPU, bytes at equal SSIM and
 * jitter against x264 veryfast.
 *
 *     node bin/node24.js bench/encoder-search.ts [--quality draft|standard|high] [--encoder libx264|libx265|libsvtav1]
 *       [--budget minutes] [--seed n] [--frames n] [--runs n] [--only "name, name"] [--shipped] [--reference]
 *       [--photographs dir] [--screenshots dir] [--try "option=value option=value"]... [--out out/encoder-search.json]
 *
 * It starts from the shipped settings; `--shipped` only measures these, on all sequences, those for checking too;
 * `--try` measures the shipped settings with some options changed (an empty value takes one away), also on all.
 * `--reference` paints with the float64 resampler instead of the kernel; `--try "qp=0"` is lossless: the frames themselves.
 * Frames are painted once by the product's kernel and kept, with every result, in out/encoder-search: a search
 * that is stopped goes on where it was. Each encoder runs in a child process on one thread, in turn with
 * veryfast, because other work on the machine makes CPU seconds of different minutes incomparable.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { encoderSettings } from "../src/render/encode/profiles.ts";
import type { SceneContent } from "../src/render/encode/scene-content.ts";
import type { Quality } from "../src/spec/production.ts";
import { mulberry32 } from "./measure/similarity.ts";
import { type Candidate, candidateOf, changed, nameOf, YARDSTICK } from "./search/candidate.ts";
import { type Comparison, compare, paretoFront, type Summary, scoreOf, summarize } from "./search/compare.ts";
import { descend } from "./search/descent.ts";
import { type Measurement, MeasurementLog } from "./search/measurement.ts";
import { drawScreen } from "./search/screen-picture.ts";
import { DEMO_SEQUENCES, type PictureKind, type Sequence, sequencesOf } from "./search/sequences.ts";
import { AIMS, SPACES } from "./search/spaces.ts";

const { values } = parseArgs({
  options: {
    quality: { type: "string", default: "standard" },
    content: { type: "string", default: "softPan" },
    encoder: { type: "string", default: "libx264" },
    budget: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    frames: { type: "string", default: "60" },
    runs: { type: "string", default: "1" },
    only: { type: "string" },
    shipped: { type: "boolean", default: false },
    photographs: { type: "string" },
    screenshots: { type: "string" },
    reference: { type: "boolean", default: false },
    try: { type: "string", multiple: true, default: [] },
    out: { type: "string", default: "out/encoder-search.json" },
  },
});
const quality = values.quality as Quality;
const aim = AIMS[quality];
if (aim === undefined) throw new Error(`No quality is called ${quality}.`);
const [frames, runs, seed] = [Number(values.frames), Number(values.runs), Number(values.seed)];
const painter = values.reference ? "reference" : "kernel";
const folder = path.resolve("out/encoder-search");
mkdirSync(folder, { recursive: true });
const log = new MeasurementLog(path.join(folder, "results.jsonl"));

/** veryfast's crf values whose bytes and SSIM are the scale for "equal SSIM". */
const CURVE = ["15", "19", "23", "27", "31"].map((crf) => changed(YARDSTICK, { crf }));
/** Given up after so many sequences when it is this much worse than what is to be beaten. */
const GIVE_UP = { after: 2, behind: 0.25 };

interface Tried {
  readonly candidate: Candidate;
  readonly comparisons: Readonly<Record<string, Comparison>>;
  readonly summary: Summary;
}

async function compareOn(candidate: Candidate, sequence: Sequence): Promise<Comparison> {
  const measure = (each: Candidate, pairs: number) =>
    log.measure({ candidate: each, sequence, frames, folder, painter, runs: pairs });
  const curve: Measurement[] = [];
  for (const each of CURVE) curve.push(await measure(each, 1));
  return compare(await measure(candidate, runs), curve, await measure(YARDSTICK, 1));
}

async function tryOn(candidate: Candidate, sequences: readonly Sequence[]): Promise<Tried> {
  const comparisons: Record<string, Comparison> = {};
  for (const sequence of sequences) comparisons[sequence.name] = await compareOn(candidate, sequence);
  return { candidate, comparisons, summary: summarize(Object.values(comparisons)) };
}

function picturesIn(directory: string | undefined, kind: PictureKind): Sequence[] {
  if (directory === undefined) return [];
  return readdirSync(directory)
    .filter((name) => /\.(png|jpe?g|webp)$/i.test(name))
    .sort()
    .flatMap((name, index) => sequencesOf(path.join(directory, name), kind, index === 0 ? "tune" : "check"));
}

function allSequences(): Sequence[] {
  const screen = path.join(folder, "screen.png");
  if (!existsSync(screen)) drawScreen(screen);
  const all = [
    ...DEMO_SEQUENCES,
    ...sequencesOf(screen, "screenshot", "check"),
    ...picturesIn(values.screenshots, "screenshot"),
    ...picturesIn(values.photographs, "photograph"),
  ];
  const wanted = values.only?.split(",").map((name) => name.trim());
  return wanted === undefined ? all : all.filter((sequence) => wanted.includes(sequence.name));
}

function line(label: string, one: Summary | Comparison): string {
  const jitter =
    "worstJitter" in one ? `${one.jitter.toFixed(3)} / ${one.worstJitter.toFixed(3)}` : one.jitter.toFixed(3);
  return [
    `  ${one.cpuGain.toFixed(2)}x`.padEnd(9),
    one.equalSsimBytes.toFixed(2).padStart(6),
    one.bytes.toFixed(2).padStart(7),
    `${one.ssim < 0 ? "" : "+"}${one.ssim.toFixed(4)}`.padStart(9),
    jitter.padStart(16),
    String(one.reversals).padStart(5),
    `  ${label}`,
  ].join("");
}

const HEAD = "  CPU gain  bytes=  bytes     SSIM     jitter / max  rev.\n";
const fps = { num: 30, den: 1 };
const shipped = candidateOf(
  encoderSettings(values.encoder, { quality, fps, content: values.content as SceneContent }),
);
const sequences = allSequences();

function changeOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(/\s+/).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

async function search(): Promise<Tried[]> {
  const tune = sequences.filter((sequence) => sequence.use === "tune");
  const space =
    SPACES[
      values.encoder === "libx264" ? `libx264-${"qp" in shipped.options ? "qp" : "crf"}` : values.encoder
    ];
  if (space === undefined) throw new Error(`There is no search over ${values.encoder}.`);
  const tried: Tried[] = [];
  const end = Date.now() + Number(values.budget) * 60_000;
  const score = async (candidate: Candidate, toBeat: number): Promise<number | null> => {
    const comparisons: Record<string, Comparison> = {};
    try {
      for (const sequence of tune) {
        comparisons[sequence.name] = await compareOn(candidate, sequence);
        const reached = scoreOf(Object.values(comparisons), aim);
        const seen = Object.keys(comparisons).length;
        if (seen >= GIVE_UP.after && seen < tune.length && reached < toBeat - GIVE_UP.behind) return null;
      }
    } catch (error) {
      if (!String(error).includes("RENDER_OPTION_REFUSED") && !String(error).includes("ENCODER_UNAVAILABLE"))
        throw error;
      return null;
    }
    const summary = summarize(Object.values(comparisons));
    tried.push({ candidate, comparisons, summary });
    process.stdout.write(`${line(nameOf(candidate), summary)}\n`);
    return scoreOf(Object.values(comparisons), aim);
  };
  await descend({ space, start: shipped, random: mulberry32(seed), score, goOn: () => Date.now() < end });
  return tried;
}

const tries = [
  ...(values.shipped ? [shipped] : []),
  ...values.try.map((text) => changed(shipped, changeOf(text))),
];
process.stdout.write(HEAD);
const results: Tried[] = [];
if (tries.length === 0) results.push(...(await search()));
for (const candidate of tries) {
  const result = await tryOn(candidate, sequences);
  results.push(result);
  for (const [name, one] of Object.entries(result.comparisons)) process.stdout.write(`${line(name, one)}\n`);
  process.stdout.write(`${line(nameOf(candidate), result.summary)}\n\n`);
}
const front = paretoFront(results);
process.stdout.write(
  `\nPareto front of ${results.length} settings (CPU gain, bytes at equal SSIM, jitter)\n${HEAD}`,
);
for (const { candidate, summary } of front) process.stdout.write(`${line(nameOf(candidate), summary)}\n`);
mkdirSync(path.dirname(values.out), { recursive: true });
writeFileSync(
  values.out,
  `${JSON.stringify({ quality, encoder: values.encoder, seed, frames, runs, sequences, front, results }, null, 1)}\n`,
);
