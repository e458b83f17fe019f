/** One scene made by everybody: Reelburst, x264 alone, and each way of FFmpeg's filters. */
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseProduction } from "../../src/spec/parse.ts";
import { type FilmQuality, filmQuality, referenceFrames } from "../measure/film-quality.ts";
import { paintScene } from "../measure/paint-scene.ts";
import { type Measured, runMeasured } from "../measure/run-measured.ts";
import type { BenchOptions, PictureName } from "../options.ts";
import { FILTER_PEERS, type FilterPeer } from "../peers/filter-peers.ts";
import { FRAME } from "../peers/scene-path.ts";
import type { StagesResult } from "../peers/stage.ts";
import { type Contender, runRounds } from "../rounds.ts";
import { PEER_FILES, pictureFile, ROOT, scenePath, sceneProduction, writePeerFiles } from "./scene.ts";
import { renderWhole } from "./whole-render.ts";

export const OURS = "ours";
export const FLOOR_OWN = "floor-own";
export const FLOOR_VERYFAST = "floor-veryfast";
/** They take many times as long as all the others together. */
const SLOW: readonly string[] = ["three-encodes", "loop-2x"];
const REFERENCE_STEP = 20;

export interface RaceSample {
  readonly wallSeconds: number;
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
  readonly largestProcessBytes: number | null;
  readonly sizeBytes: number;
}

export interface RaceEntry {
  readonly picture: PictureName;
  readonly id: string;
  readonly label: string;
  readonly samples: readonly (RaceSample & { readonly round: number })[];
  /** null: `qualityReason` says why there is none. */
  readonly quality: FilmQuality | null;
  readonly qualityReason: string | null;
}

/** What the parts share for one picture. */
export interface PaintedScene {
  readonly picture: PictureName;
  /** Raw yuv420p, what the encoder was given, captions included. */
  readonly raw: string;
  readonly frames: number;
  readonly encoder: Readonly<Record<string, string>>;
}

export async function paint(
  picture: PictureName,
  options: BenchOptions,
  folder: string,
): Promise<PaintedScene> {
  mkdirSync(folder, { recursive: true });
  writePeerFiles(folder, options.seconds);
  const input = sceneProduction(picture, options.seconds, path.join(folder, PEER_FILES.subtitles));
  writeFileSync(path.join(folder, "production.json"), JSON.stringify(input));
  const { production, issues } = parseProduction(input, { baseDirectory: folder });
  if (production === null) throw new Error(JSON.stringify(issues));
  const raw = path.join(folder, "frames.yuv");
  const work = path.join(folder, "work");
  mkdirSync(work);
  const { frames, plans } = await paintScene(production, raw, work);
  return { picture, raw, frames, encoder: plans[0]?.encoder.options ?? {} };
}

export async function runRace(
  scene: PaintedScene,
  options: BenchOptions,
  folder: string,
  tell: (line: string) => void,
): Promise<RaceEntry[]> {
  const contenders = [
    ours(folder),
    floor(FLOOR_OWN, scene, scene.encoder),
    floor(FLOOR_VERYFAST, scene, { preset: "veryfast", crf: "23" }),
    ...FILTER_PEERS.map((peer) => filterPeer(peer, scene, options, folder)),
  ];
  const samples = await runRounds(contenders, options.rounds, ({ id, round, sample }) =>
    tell(`${scene.picture}, round ${round + 1}: ${id} ${sample.wallSeconds.toFixed(2)} s`),
  );
  tell(`${scene.picture}: jitter and SSIM`);
  const motion = scenePath(options.seconds);
  const reference = await referenceFrames(pictureFile(scene.picture), motion, REFERENCE_STEP);
  const entries: RaceEntry[] = [];
  for (const { id } of contenders) {
    const encodeOnly = id === FLOOR_OWN || id === FLOOR_VERYFAST;
    entries.push({
      picture: scene.picture,
      id,
      label: LABELS.get(id) ?? id,
      samples: samples.filter((taken) => taken.id === id).map(({ round, sample }) => ({ round, ...sample })),
      quality: encodeOnly ? null : await filmQuality(filmOf(folder, id), motion, reference),
      qualityReason: encodeOnly
        ? "nothing is drawn and no file is written: the very frames of our render"
        : null,
    });
  }
  return entries;
}

const LABELS: ReadonlyMap<string, string> = new Map([
  [OURS, "Reelburst, whole render"],
  [FLOOR_OWN, "x264 alone, our setting"],
  [FLOOR_VERYFAST, "x264 alone, veryfast"],
  ...FILTER_PEERS.map(({ id, label }) => [id, label] as const),
]);

const filmOf = (folder: string, id: string): string => path.join(folder, `${id}.mp4`);

function ours(folder: string): Contender<RaceSample> {
  return {
    id: OURS,
    run: async () => {
      const cache = path.join(folder, "cache");
      rmSync(cache, { recursive: true, force: true });
      const film = filmOf(folder, OURS);
      const measured = await renderWhole(path.join(folder, "production.json"), film, { cache });
      return { ...figures(measured), sizeBytes: statSync(film).size };
    },
  };
}

function floor(
  id: string,
  scene: PaintedScene,
  encoder: Readonly<Record<string, string>>,
): Contender<RaceSample> {
  const settings = Object.entries(encoder).map(([name, value]) => `${name}=${value}`);
  const size = [String(FRAME.width), String(FRAME.height)];
  return {
    id,
    run: async () => {
      const script = path.join(ROOT, "bench/encode-only.ts");
      const { stdout } = await runMeasured(process.execPath, [script, scene.raw, ...size, "0", ...settings]);
      const { wallSeconds, cpuSeconds, sizeBytes } = JSON.parse(stdout) as RaceSample;
      // All frames are held in memory there, so memory says nothing.
      return { wallSeconds, cpuSeconds, sizeBytes, peakBytes: null, largestProcessBytes: null };
    },
  };
}

function filterPeer(
  peer: FilterPeer,
  scene: PaintedScene,
  options: BenchOptions,
  folder: string,
): Contender<RaceSample> {
  const output = filmOf(folder, peer.id);
  const stages = peer.stages({
    picture: pictureFile(scene.picture),
    subtitles: PEER_FILES.subtitles,
    fontsFolder: PEER_FILES.fonts,
    ...scenePath(options.seconds),
    output,
  });
  return {
    id: peer.id,
    maxRounds: SLOW.includes(peer.id) ? options.slowRounds : options.peerRounds,
    run: async () => {
      const script = path.join(ROOT, "bench/peer-child.ts");
      const measured = await runMeasured(process.execPath, [script, JSON.stringify(stages)], { cwd: folder });
      const own = JSON.parse(measured.stdout) as StagesResult;
      return { ...figures(measured), ...own, sizeBytes: statSync(output).size };
    },
  };
}

function figures({ wallSeconds, cpuSeconds, peakBytes, largestProcessBytes }: Measured) {
  return { wallSeconds, cpuSeconds, peakBytes, largestProcessBytes };
}
