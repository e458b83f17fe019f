/** x264's own presets against our setting, on our frames: at equal SSIM, and at equal size. One thread each. */
import { rmSync } from "node:fs";
import { type EncoderSettings, encoderSettings } from "../../src/render/encode/profiles.ts";
import { type Goal, searchCrf, type Trial } from "../crf-search.ts";
import { decodeFile } from "../measure/decode-frames.ts";
import { encodeFrames } from "../measure/encode-frames.ts";
import { lumaOfRaw, type RawFrames, readRawFrames } from "../measure/raw-frames.ts";
import { lumaSsim } from "../measure/ssim.ts";
import type { BenchOptions, PictureName } from "../options.ts";
import { FRAME } from "../peers/scene-path.ts";
import { runRounds } from "../rounds.ts";
import type { PaintedScene } from "./race.ts";

export const PRESETS = ["veryfast", "fast", "medium"] as const;
export type Preset = (typeof PRESETS)[number];

export interface EqualQuality {
  readonly picture: PictureName;
  readonly preset: Preset;
  readonly frames: number;
  readonly ours: Trial;
  /** The preset where its SSIM is ours, and where its size is. */
  readonly atOurSsim: Trial;
  readonly atOurSize: Trial;
  /** CPU seconds in turn, for the comparison at equal SSIM. */
  readonly cpu: readonly { readonly round: number; readonly preset: number; readonly ours: number }[];
}

const FPS = { num: 30, den: 1 };
const SSIM_STEP = 4;
/** In units of the tolerances that are granted (SSIM ±0.002, size ±5 %): less than half of them. */
const SEARCH = { start: 23, tolerance: 0.4, attempts: 5 };

export async function runEqualQuality(
  scene: PaintedScene,
  options: BenchOptions,
  tell: (line: string) => void,
): Promise<EqualQuality[]> {
  const raw: RawFrames = { path: scene.raw, ...FRAME, frames: Math.min(options.equalFrames, scene.frames) };
  const standard: EncoderSettings = {
    ...encoderSettings("libx264", { quality: "standard", fps: FPS }),
    // As planned for this very scene.
    options: scene.encoder,
  };
  const ours = { crf: Number(standard.options["crf"] ?? standard.options["qp"]), ...tryOut(standard, raw) };
  const found: Omit<EqualQuality, "cpu">[] = [];
  for (const preset of PRESETS) {
    tell(`${scene.picture}: x264 ${preset} at equal SSIM and size`);
    const trials = new Map<number, Trial>();
    const evaluate = (crf: number): Promise<Trial> =>
      Promise.resolve({ crf, ...tryOut(plain(standard, preset, crf), raw) });
    const search = (goal: Goal): Promise<Trial> => searchCrf(trials, evaluate, goal, SEARCH);
    const atOurSsim = await search({ ssim: ours.ssim });
    const atOurSize = await search({ sizeBytes: ours.sizeBytes });
    found.push({ picture: scene.picture, preset, frames: raw.frames, ours, atOurSsim, atOurSize });
  }
  const timed = await runRounds(
    [
      { id: "ours", run: () => Promise.resolve(encode(standard, raw).cpuSeconds) },
      ...found.map(({ preset, atOurSsim }) => ({
        id: preset,
        run: () => Promise.resolve(encode(plain(standard, preset, atOurSsim.crf), raw).cpuSeconds),
      })),
    ],
    options.rounds,
  );
  const cpuOf = (id: string, round: number): number =>
    timed.find((taken) => taken.id === id && taken.round === round)?.sample ?? Number.NaN;
  return found.map((result) => ({
    ...result,
    cpu: Array.from({ length: options.rounds }, (_, round) => ({
      round,
      preset: cpuOf(result.preset, round),
      ours: cpuOf("ours", round),
    })),
  }));
}

/** The preset with nothing else said but its rate. */
function plain(like: EncoderSettings, preset: string, crf: number): EncoderSettings {
  return { ...like, options: { preset, crf: String(crf) } };
}

const filmOf = (raw: RawFrames): string => `${raw.path}.${process.pid}.mp4`;

function encode(settings: EncoderSettings, raw: RawFrames): { sizeBytes: number; cpuSeconds: number } {
  const encoded = encodeFrames(filmOf(raw), settings, { ...FRAME, fps: FPS }, readRawFrames(raw));
  rmSync(filmOf(raw));
  return encoded;
}

function tryOut(settings: EncoderSettings, raw: RawFrames): Omit<Trial, "crf"> {
  const film = filmOf(raw);
  const encoded = encodeFrames(film, settings, { ...FRAME, fps: FPS }, readRawFrames(raw));
  let [sum, compared, index] = [0, 0, 0];
  const originals = readRawFrames(raw);
  for (const frame of decodeFile(film)) {
    const original = originals.next().value;
    if (original === undefined) throw new Error("The decoder gave more frames than went in.");
    if (index++ % SSIM_STEP !== 0) continue;
    sum += lumaSsim(frame, lumaOfRaw(original, raw.width, raw.height));
    compared += 1;
  }
  rmSync(film);
  return { ...encoded, ssim: sum / compared };
}
