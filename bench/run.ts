/**
 * `npm run bench`: everything side by side in one run. Prints tables and who wins what; writes every sample to
 * `out/bench.json`. What is compared and how: `docs/guide/bench.md`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { machineFacts } from "./machine.ts";
import { type BenchOptions, readOptions, USAGE } from "./options.ts";
import { type EqualQuality, runEqualQuality } from "./parts/equal-quality.ts";
import { type FilmFigures, runFilm } from "./parts/film.ts";
import { FLOOR_OWN, FLOOR_VERYFAST, OURS, paint, type RaceEntry, runRace } from "./parts/race.ts";
import { ROOT } from "./parts/scene.ts";
import { spreadOf } from "./report/statistics.ts";
import { presetRows, rivalsOf } from "./report/summary.ts";
import { pictureTable, presetTable, rivalTable, spreadText, wordLines } from "./report/tables.ts";
import { type Findings, wordsOf } from "./report/words.ts";

interface BenchRun {
  readonly race: RaceEntry[];
  readonly equal: EqualQuality[];
  film: FilmFigures | null;
  /** What could not be measured, and why; the rest of the run is still worth having. */
  readonly failures: { readonly what: string; readonly message: string }[];
}

const print = (...lines: readonly string[]): void => {
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
};
const tell = (line: string): boolean => process.stderr.write(`  ${line}\n`);

function optionsOrExit(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

async function runParts(options: BenchOptions, folder: string): Promise<BenchRun> {
  const run: BenchRun = { race: [], equal: [], film: null, failures: [] };
  const { parts } = options;
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      run.failures.push({ what, message });
      tell(`${what} failed: ${message}`);
    }
  };
  if (parts.includes("race") || parts.includes("equal")) {
    for (const picture of options.pictures) {
      const own = path.join(folder, picture);
      tell(`${picture}: painting our frames`);
      const scene = await paint(picture, options, own);
      if (parts.includes("race"))
        await attempt(`the race on ${picture}`, async () => {
          run.race.push(...(await runRace(scene, options, own, tell)));
          print("", ...pictureTable(picture, run.race, OURS));
        });
      if (parts.includes("equal"))
        await attempt(`equal quality on ${picture}`, async () => {
          run.equal.push(...(await runEqualQuality(scene, options, tell)));
        });
      rmSync(own, { recursive: true, force: true });
    }
  }
  if (parts.includes("film"))
    await attempt("the film of many scenes", async () => {
      run.film = await runFilm(options, folder, tell);
    });
  return run;
}

function findingsOf({ race, equal, film }: BenchRun): Findings {
  const bytes = [
    ...race
      .filter(({ id }) => id === OURS)
      .flatMap(({ samples }) => samples.map((one) => one.largestProcessBytes)),
    film?.cold.largestProcessBytes ?? null,
  ].filter((value) => value !== null);
  const wallOf = (round: number, slots: 1 | 2): number =>
    film?.slots.runs.find((one) => one.round === round && one.slots === slots)?.run.wallSeconds ?? Number.NaN;
  const rounds = [...new Set(film?.slots.runs.map(({ round }) => round))];
  const share = spreadOf(film?.warm.map(({ wallSeconds }) => wallSeconds / film.cold.wallSeconds) ?? []);
  return {
    rivals: rivalsOf(race, OURS),
    presets: presetRows(equal),
    slots: spreadOf(rounds.map((round) => wallOf(round, 1) / wallOf(round, 2))),
    warm: film === null || share === null ? null : { share, scenes: film.scenes },
    slotBytes: bytes.length === 0 ? null : Math.max(...bytes),
    floors: { own: FLOOR_OWN, veryfast: FLOOR_VERYFAST },
  };
}

function filmLines(film: FilmFigures, { slots, warm }: Findings): string[] {
  const seconds = film.scenes * film.sceneSeconds;
  return [
    `film of ${film.scenes} scenes, ${seconds} s: cold ${film.cold.wallSeconds.toFixed(1)} s, all cached ${spreadText(spreadOf(film.warm.map(({ wallSeconds }) => wallSeconds)))} s = ${((warm?.share.median ?? 0) * 100).toFixed(1)} %`,
    `one slot over two, film of ${film.slots.filmSeconds} s: ${spreadText(slots)}`,
    ...(film.cold.peakBytes === null
      ? []
      : [
          `memory of the film's run: ${Math.round(film.cold.peakBytes / 1e6)} MB over all processes, ${Math.round((film.cold.largestProcessBytes ?? 0) / 1e6)} MB in the largest`,
        ]),
  ];
}

const options = optionsOrExit();
const started = performance.now();
const startedAt = new Date().toISOString();
const machine = machineFacts();
print(
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, FFmpeg ${machine.ffmpeg}, ${machine.engine}`,
  `scene of ${options.seconds} s, 1920x1080, 30 fps, zoom 1 to 1.2; ${options.rounds} rounds; load before: ${machine.loadBefore.toFixed(1)}`,
);
const disturbed =
  machine.loadBefore > machine.cores / 2
    ? ["Other work was running: times are not to be trusted, ratios only a little."]
    : [];
print(...disturbed);
const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-bench-"));
try {
  const run = await runParts(options, folder);
  const findings = findingsOf(run);
  const words = wordsOf(findings);
  if (run.race.length > 0) print("", ...rivalTable(findings.rivals));
  if (run.equal.length > 0) print("", ...presetTable(findings.presets));
  if (run.film !== null) print("", ...filmLines(run.film, findings));
  print("", ...disturbed, ...wordLines(words, 110));
  if (run.failures.length > 0) {
    print(
      "",
      "Not measured",
      ...run.failures.map(({ what, message }) => `- ${what}: ${message.split("\n")[0]}`),
    );
    process.exitCode = 1;
  }
  const seconds = (performance.now() - started) / 1000;
  const out = path.join(ROOT, "out");
  mkdirSync(out, { recursive: true });
  const report = {
    version: 1,
    startedAt,
    seconds,
    loadAfter: os.loadavg()[0],
    machine,
    options,
    ...run,
    findings,
    words,
  };
  writeFileSync(path.join(out, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  print("", `${Math.round(seconds)} s in all; every sample is in out/bench.json`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
