/** Encodes raw frames with the product's own encoder and counts the CPU time of the encoder alone. */
import { statSync } from "node:fs";
import type { EncoderSettings } from "../../src/render/encode/profiles.ts";
import type { FrameFormat } from "../../src/render/plan.ts";
import { VideoEncoder } from "../../src/render/process/libav/video-encoder.ts";

export interface EncodedFrames {
  readonly sizeBytes: number;
  /** User and system time between handing in frames and the finished file; not opening, not reading frames. */
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
  let microseconds = 0;
  const timed = (work: () => void): void => {
    const before = process.cpuUsage();
    work();
    const spent = process.cpuUsage(before);
    microseconds += spent.user + spent.system;
  };
  try {
    for (const frame of frames) {
      const planes = {
        y: frame.subarray(0, luma),
        u: frame.subarray(luma, luma * 1.25),
        v: frame.subarray(luma * 1.25, luma * 1.5),
        packed: frame,
        yStride: format.width,
        uvStride: format.width / 2,
      };
      timed(() => encoder.encode(planes));
    }
    timed(() => encoder.finish());
  } finally {
    encoder.close();
  }
  return { sizeBytes: statSync(path).size, cpuSeconds: microseconds / 1e6 };
}
