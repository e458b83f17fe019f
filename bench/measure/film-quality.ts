/** How a finished film moves and how near it comes to the float64 resampler along the same path. */
import sharp from "sharp";
import { FRAME, type ScenePath, truePosition, viewportOf } from "../peers/scene-path.ts";
import { decodeFile } from "./decode-frames.ts";
import type { LumaFrame } from "./luma-frame.ts";
import { pictureFromRgb, resampleReference } from "./reference-resampler.ts";
import { measureSmoothness } from "./smoothness.ts";
import { lumaSsim } from "./ssim.ts";

export interface FilmQuality {
  /** px/frame², less the path's own acceleration. */
  readonly jitter: number;
  readonly reversals: number;
  readonly visibleReversals: number;
  /** Mean luma SSIM of the compared frames. */
  readonly ssim: number;
  /** Pairs of frames that could not be tracked; when above 0 jitter is not to be trusted. */
  readonly lost: number;
}

/** Captions stand below this row; what is above is compared. */
const ROWS = 760;

/** Tracking corners costs more than all else here; two seconds of motion tell. */
const TRACKED_FRAMES = 60;

/** The reference's frames by number: every `step`th and the last. */
export type ReferenceFrames = ReadonlyMap<number, LumaFrame>;

export async function referenceFrames(
  picture: string,
  path: ScenePath,
  step: number,
): Promise<ReferenceFrames> {
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const source = pictureFromRgb(data, info.width, info.height);
  const frames = new Map<number, LumaFrame>();
  const buffer = Buffer.alloc((FRAME.width * FRAME.height * 3) / 2);
  for (let index = 0; index < path.frames; index++) {
    if (index % step !== 0 && index !== path.frames - 1) continue;
    resampleReference(source, viewportOf(path, index, info), FRAME.width, FRAME.height, buffer);
    frames.set(index, {
      width: FRAME.width,
      height: ROWS,
      data: Uint8Array.prototype.slice.call(buffer, 0, FRAME.width * ROWS),
    });
  }
  return frames;
}

export async function filmQuality(
  film: string,
  path: ScenePath,
  reference: ReferenceFrames,
): Promise<FilmQuality> {
  const decoded = upperParts(film);
  let [sum, frames] = [0, 0];
  const next = (): LumaFrame | null => {
    const { value, done } = decoded.next();
    if (done) return null;
    const wanted = reference.get(frames++);
    if (wanted !== undefined) sum += lumaSsim(value, wanted);
    return value;
  };
  function* tracked(): Generator<LumaFrame> {
    for (let frame = next(); frame !== null; frame = next()) {
      yield frame;
      if (frames === TRACKED_FRAMES) return;
    }
  }
  const { jitter, reversals, visibleReversals, lost } = await measureSmoothness(tracked(), {
    truth: (frame, point) => truePosition(path, frame, point),
  });
  while (next() !== null);
  if (frames !== path.frames) throw new Error(`${film} has ${frames} frames; ${path.frames} were wanted.`);
  return { jitter, reversals, visibleReversals, ssim: sum / reference.size, lost };
}

function* upperParts(film: string): Generator<LumaFrame, undefined> {
  for (const { width, data } of decodeFile(film))
    yield { width, height: ROWS, data: data.subarray(0, width * ROWS) };
}
