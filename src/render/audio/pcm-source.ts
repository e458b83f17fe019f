/** Decoded sound that can be read anywhere, so that every pass over a film needs only one block of memory. */
export interface PcmSource {
  readonly sampleCount: number;
  /**
   * Copies samples `start..start+count` (48 kHz stereo, interleaved) to `into`, from sample `offset` on.
   * The range lies within the source.
   */
  read(start: number, count: number, into: Float32Array, offset: number): void;
}

/** PCM held in memory. */
export function memoryPcm(samples: Float32Array): PcmSource {
  return {
    sampleCount: samples.length / 2,
    read(start, count, into, offset) {
      into.set(samples.subarray(start * 2, (start + count) * 2), offset * 2);
    },
  };
}
