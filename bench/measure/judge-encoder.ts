/** One encoder setting on one sequence of frames: CPU, size, likeness, smoothness. */
import { rmSync } from "node:fs";
import type { EncoderSettings } from "../../src/render/encode/profiles.ts";
import { decodeFile } from "./decode-frames.ts";
import { encodeFrames } from "./encode-frames.ts";
import type { LumaFrame } from "./luma-frame.ts";
import { lumaOfRaw, type RawFrames, readRawFrames } from "./raw-frames.ts";
import { measureSmoothness, type Smoothness } from "./smoothness.ts";
import { lumaSsim } from "./ssim.ts";
import { type TestZoom, truePositionAt } from "./test-zoom.ts";

export interface EncoderJudgement extends Smoothness {
  readonly cpuSeconds: number;
  readonly sizeBytes: number;
  /** Mean luma SSIM over all frames, see `ssim.ts`. */
  readonly ssim: number;
  /** The worst single frame. */
  readonly lowestSsim: number;
}

/** Writes (and removes) the film beside the raw frames. */
export async function judgeEncoder(
  settings: EncoderSettings,
  raw: RawFrames,
  zoom: TestZoom,
): Promise<EncoderJudgement> {
  const film = `${raw.path}.${process.pid}.mp4`;
  const format = { width: raw.width, height: raw.height, fps: { num: 30, den: 1 } };
  const encoded = encodeFrames(film, settings, format, readRawFrames(raw));
  const originals = readRawFrames(raw);
  let [ssimSum, lowestSsim] = [0, 1];
  function* compared(): Generator<LumaFrame> {
    for (const frame of decodeFile(film)) {
      const original = originals.next();
      if (original.done) throw new Error("The decoder gave more frames than went in.");
      const ssim = lumaSsim(frame, lumaOfRaw(original.value, raw.width, raw.height));
      ssimSum += ssim;
      lowestSsim = Math.min(lowestSsim, ssim);
      yield frame;
    }
  }
  const smoothness = await measureSmoothness(compared(), {
    truth: (frame, point) => truePositionAt(zoom, frame, point),
  });
  rmSync(film);
  if (smoothness.frames !== raw.frames)
    throw new Error(`${raw.frames} frames went in, ${smoothness.frames} came out.`);
  return {
    cpuSeconds: encoded.cpuSeconds,
    sizeBytes: encoded.sizeBytes,
    ssim: ssimSum / smoothness.frames,
    lowestSsim,
    ...smoothness,
  };
}
