/** Raw yuv420p frames kept in one file, so that many encoder runs share one slow resampling. */
import { closeSync, openSync, readSync } from "node:fs";
import type { LumaFrame } from "./luma-frame.ts";

export interface RawFrames {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** How many frames to hand out from the file's beginning. */
  readonly frames: number;
}

/** Each buffer is fresh, so an encoder may keep it. */
export function* readRawFrames({ path, width, height, frames }: RawFrames): Generator<Buffer> {
  const size = (width * height * 3) / 2;
  const file = openSync(path, "r");
  try {
    for (let index = 0; index < frames; index++) {
      const buffer = Buffer.allocUnsafeSlow(size);
      if (readSync(file, buffer, 0, size, index * size) !== size)
        throw new Error(`${path} has only ${index} frames.`);
      yield buffer;
    }
  } finally {
    closeSync(file);
  }
}

export function lumaOfRaw(buffer: Buffer, width: number, height: number): LumaFrame {
  return { width, height, data: buffer.subarray(0, width * height) };
}
