/** Raw PCM files: written while decoding, read at random while mixing. */
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { ReelburstError } from "../../../support/errors.ts";
import type { PcmSource } from "../../audio/pcm-source.ts";
import { PCM_BYTES_PER_SAMPLE } from "../../audio/sound-plan.ts";

const WRITE_SAMPLES = 65_536;

/** Gathers small blocks into half-megabyte writes. */
export class PcmWriter {
  readonly #file: number;
  readonly #buffer = new Float32Array(WRITE_SAMPLES * 2);
  readonly #path: string;
  #filled = 0;
  sampleCount = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "w");
  }

  write(samples: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const step = Math.min(samples.length - at, this.#buffer.length - this.#filled);
      this.#buffer.set(samples.subarray(at, at + step), this.#filled);
      this.#filled += step;
      at += step;
      if (this.#filled === this.#buffer.length) this.#flush();
    }
    this.sampleCount += samples.length / 2;
  }

  finish(): void {
    this.#flush();
  }

  close(): void {
    closeSync(this.#file);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer.buffer, 0, this.#filled * 4);
    try {
      // A full disk may take part of a write without an error.
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") throw cause;
      throw new ReelburstError("DISK_FULL", `The disk is full (writing ${this.#path}).`, {
        hint: "Free some space and run again; finished work is kept.",
        cause,
      });
    }
    this.#filled = 0;
  }
}

/**
 * Opens, reads and closes for every block: it costs some microseconds and a film of a thousand scenes
 * needs one descriptor.
 *
 * @throws ReelburstError SOUND_PCM_SHORT when the file is not as long as planned
 */
export function openPcmFile(path: string, sampleCount: number): PcmSource {
  const wanted = sampleCount * PCM_BYTES_PER_SAMPLE;
  const found = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (found < wanted) {
    throw new ReelburstError(
      "SOUND_PCM_SHORT",
      `${path} holds ${found} bytes of decoded sound, planned were ${wanted}.`,
      {
        path,
        hint: "Remove the cached sound and decode it again.",
        retryable: true,
      },
    );
  }
  return {
    sampleCount,
    read(start, count, into, offset) {
      const bytes = Buffer.from(
        into.buffer,
        into.byteOffset + offset * PCM_BYTES_PER_SAMPLE,
        count * PCM_BYTES_PER_SAMPLE,
      );
      const file = openSync(path, "r");
      try {
        let done = 0;
        while (done < bytes.length) {
          const step = readSync(file, bytes, done, bytes.length - done, start * PCM_BYTES_PER_SAMPLE + done);
          if (step === 0)
            throw new ReelburstError("SOUND_PCM_SHORT", `${path} became shorter while it was read.`, {
              path,
              retryable: true,
            });
          done += step;
        }
      } finally {
        closeSync(file);
      }
    },
  };
}
