/** Sound as samples, and as the WAV file it is kept in. */

export interface Pcm {
  readonly sampleRate: number;
  /** Mono, -1 to 1. */
  readonly samples: Float32Array;
}

const MAX_SECONDS = 3_600;

export function wavOf({ sampleRate, samples }: Pcm): Uint8Array {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.max(-1, Math.min(1, samples[i] as number));
    bytes.writeInt16LE(Math.round(value * 32767), 44 + i * 2);
  }
  return bytes;
}

/** 16-bit PCM, the first channel; null for anything else. Streamed files whose sizes are not filled in are read to their end. */
export function readWav(bytes: Uint8Array): Pcm | null {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    data.length < 44 ||
    data.toString("latin1", 0, 4) !== "RIFF" ||
    data.toString("latin1", 8, 12) !== "WAVE"
  )
    return null;
  let format: { channels: number; sampleRate: number } | null = null;
  for (let at = 12; at + 8 <= data.length; ) {
    const name = data.toString("latin1", at, at + 4);
    const size = data.readUInt32LE(at + 4);
    const start = at + 8;
    if (name === "fmt " && start + 16 <= data.length) {
      const [kind, channels, sampleRate, bits] = [
        data.readUInt16LE(start),
        data.readUInt16LE(start + 2),
        data.readUInt32LE(start + 4),
        data.readUInt16LE(start + 14),
      ];
      if (
        kind !== 1 ||
        bits !== 16 ||
        channels < 1 ||
        channels > 8 ||
        sampleRate < 4_000 ||
        sampleRate > 192_000
      )
        return null;
      format = { channels, sampleRate };
    }
    if (name === "data") {
      if (format === null) return null;
      const end = Math.min(data.length, start + size);
      const count = Math.floor((end - start) / 2 / format.channels);
      if (count > MAX_SECONDS * format.sampleRate) return null;
      const samples = new Float32Array(count);
      for (let i = 0; i < count; i++) samples[i] = data.readInt16LE(start + i * 2 * format.channels) / 32768;
      return { sampleRate: format.sampleRate, samples };
    }
    at = start + size + (size & 1);
  }
  return null;
}
