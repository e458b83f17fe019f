/** One encoder setting on one sequence of frames: CPU, size, likeness, smoothness. */
import { rmSync } from "node:fs";
import type { EncoderSettings } from "../../src/render/encode/profiles.ts";
import { decodeFile } from "./decode-frames.ts";
import { encodeFrames } from "./encode-frames.ts";
import type { LumaFrame } from "./luma-frame.ts";
import { lumaOfRaw, type RawFrames, readRawFrames } from "./raw-frames.ts";
import { measureSmoothness, type Smoothness, type SmoothnessOptions } from "./smoothness.ts";
import { lumaSsim } from "./ssim.ts";

export interface EncoderJudgement extends Smoothness {
  readonly cpuSeconds: number;
  readonly sizeBytes: number;
  /** Mean luma SSIM over the compared frames, see `ssim.ts`. */
  readonly ssim: number;
  /** The worst single frame of these. */
  readonly lowestSsim: number;
}

export interface JudgeOptions {
  /** Where a point of frame 0 truly stands in a later frame; without it easing counts as jitter. */
  readonly truth?: SmoothnessOptions["truth"];
  /** Every how many frames SSIM is taken; 1 = all. */
  readonly ssimEvery?: number;
}

/** Other settings that run in turn with the judged ones, since CPU seconds of different minutes cannot be compared. */
export interface Rival {
  readonly settings: EncoderSettings;
  /** Pairs of runs; of each side the least counts. */
  readonly runs: number;
}

const WARM_UP_FRAMES = 6;

/** Writes (and removes) the film beside the raw frames. */
export async function judgeEncoder(
  settings: EncoderSettings,
  raw: RawFrames,
  rival: Rival,
  options: JudgeOptions = {},
): Promise<EncoderJudgement & { readonly rivalCpuSeconds: number }> {
  const film = `${raw.path}.${process.pid}.mp4`;
  const format = { width: raw.width, height: raw.height, fps: { num: 30, den: 1 } };
  let [cpuSeconds, rivalCpuSeconds, sizeBytes] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  try {
    // The first encoder of a process pays for code and pages that the second finds ready.
    encodeFrames(film, rival.settings, format, readRawFrames({ ...raw, frames: WARM_UP_FRAMES }));
    for (let run = 0; run < rival.runs; run++) {
      const other = encodeFrames(film, rival.settings, format, readRawFrames(raw));
      const own = encodeFrames(film, settings, format, readRawFrames(raw));
      rivalCpuSeconds = Math.min(rivalCpuSeconds, other.cpuSeconds);
      cpuSeconds = Math.min(cpuSeconds, own.cpuSeconds);
      sizeBytes = own.sizeBytes;
    }
    return { cpuSeconds, rivalCpuSeconds, sizeBytes, ...(await judgeFilm(film, raw, options)) };
  } finally {
    rmSync(film, { force: true });
  }
}

/** Likeness and smoothness of a film that was made from `raw`. */
async function judgeFilm(
  film: string,
  raw: RawFrames,
  { truth, ssimEvery = 1 }: JudgeOptions,
): Promise<Omit<EncoderJudgement, "cpuSeconds" | "sizeBytes">> {
  const originals = readRawFrames(raw);
  let [ssimSum, lowestSsim, compared, index] = [0, 1, 0, 0];
  function* frames(): Generator<LumaFrame> {
    for (const frame of decodeFile(film)) {
      const original = originals.next();
      if (original.done) throw new Error("The decoder gave more frames than went in.");
      if (index++ % ssimEvery === 0) {
        const ssim = lumaSsim(frame, lumaOfRaw(original.value, raw.width, raw.height));
        ssimSum += ssim;
        lowestSsim = Math.min(lowestSsim, ssim);
        compared += 1;
      }
      yield frame;
    }
  }
  const smoothness = await measureSmoothness(frames(), truth === undefined ? {} : { truth });
  if (smoothness.frames !== raw.frames)
    throw new Error(`${raw.frames} frames went in, ${smoothness.frames} came out.`);
  return { ssim: ssimSum / compared, lowestSsim, ...smoothness };
}
