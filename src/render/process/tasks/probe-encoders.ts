/** Finds out which encoders work on this machine by encoding with them. A name in the build proves nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AV_LOG_ERROR, AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import { ENCODER_PROFILES, encoderSettings } from "../../encode/profiles.ts";
import { VideoEncoder } from "../libav/video-encoder.ts";

export interface EncoderProbe {
  /** libav's name. */
  readonly encoderName: string;
  readonly works: boolean;
  /** Why it does not; null when it does. */
  readonly reason: string | null;
  readonly code: string | null;
}

/** Small, yet above every hardware encoder's minimum (NVENC: 145x49). */
const WIDTH = 320;
const HEIGHT = 192;
const FRAMES = 3;

/**
 * Encodes three frames with each candidate, through the same code and settings a chunk gets.
 * An encoder that cannot be opened says so within milliseconds; none of it reaches the log.
 *
 * @param candidates libav encoder names; all that have a profile when left out
 */
export async function probeEncoders(
  candidates: readonly string[] = Object.keys(ENCODER_PROFILES),
): Promise<EncoderProbe[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "reelburst-probe-"));
  // Drivers that are not there complain loudly; their complaint is the answer, not an error of ours.
  Log.setLevel(AV_LOG_QUIET);
  try {
    return candidates.map((encoderName) => probeOne(encoderName, path.join(directory, `${encoderName}.mp4`)));
  } finally {
    Log.setLevel(AV_LOG_ERROR);
    await rm(directory, { recursive: true, force: true });
  }
}

function probeOne(encoderName: string, file: string): EncoderProbe {
  if (ENCODER_PROFILES[encoderName] === undefined) {
    return {
      encoderName,
      works: false,
      reason: "Reelburst has no settings for it.",
      code: "ENCODER_UNAVAILABLE",
    };
  }
  let encoder: VideoEncoder | null = null;
  try {
    const fps = { num: 30, den: 1 };
    const settings = encoderSettings(encoderName, { quality: "draft", fps });
    encoder = new VideoEncoder(file, { width: WIDTH, height: HEIGHT, fps }, settings);
    for (let frame = 0; frame < FRAMES; frame++) encoder.encode(gradient(frame));
    encoder.finish();
    return { encoderName, works: true, reason: null, code: null };
  } catch (thrown) {
    const { message, code } = ReelburstError.from(thrown);
    return { encoderName, works: false, reason: message, code };
  } finally {
    encoder?.close();
  }
}

function gradient(frame: number): Parameters<VideoEncoder["encode"]>[0] {
  const luma = WIDTH * HEIGHT;
  const packed = new Uint8Array((luma * 3) / 2).fill(128);
  for (let i = 0; i < luma; i++) packed[i] = 16 + (((i % WIDTH) + frame * 4) % 220);
  return {
    y: packed.subarray(0, luma),
    u: packed.subarray(luma, luma * 1.25),
    v: packed.subarray(luma * 1.25),
    packed,
    yStride: WIDTH,
    uvStride: WIDTH / 2,
  };
}
