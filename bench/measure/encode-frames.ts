/** Encodes raw frames with the product's own encoder and counts the CPU time of the encoder alone. */
import { statSync } from "node:fs";
import type { EncoderSettings } from "../../src/render/encode/profiles.ts";
import type { FrameFormat } from "../../src/render/plan.ts";
import { VideoEncoder } from "../../src/render/process/libav/video-encoder.ts";

export interface EncodedFrames {
  readonly sizeBytes: number;
  /** User and system time of all threads until the file is finished; not opening, not reading frames. */
  readonly cpuSeconds: number;
}

/**
 * @param path the mp4 to write
 * @param frames yuv420p, each `width * height * 1.5` bytes without padding
 */
export function encodeFrames(
  path: string,
  settings: EncoderSettings,
  format: FrameFormat,
  frames: Iterable<Buffer>,
): EncodedFrames {
  const encoder = new VideoEncoder(path, format, settings);
  const luma = format.width * format.height;
  // Some encoders work on in threads of their own between two frames, so all is counted but what reading took.
  const before = process.cpuUsage();
  let reading = 0;
  let readingSince = process.threadCpuUsage();
  try {
    for (const frame of frames) {
      reading += sum(process.threadCpuUsage(readingSince));
      const planes = {
        y: frame.subarray(0, luma),
        u: frame.subarray(luma, luma * 1.25),
        v: frame.subarray(luma * 1.25, luma * 1.5),
        packed: frame,
        yStride: format.width,
        uvStride: format.width / 2,
      };
      encoder.encode(planes);
      readingSince = process.threadCpuUsage();
    }
    encoder.finish();
  } finally {
    encoder.close();
  }
  return { sizeBytes: statSync(path).size, cpuSeconds: (sum(process.cpuUsage(before)) - reading) / 1e6 };
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
