/**
 * Integrated loudness after ITU-R BS.1770-4: K-weighting, 400 ms blocks with 75 % overlap, an absolute gate at
 * -70 LUFS and a relative gate 10 LU under the mean. Written here and not taken from the `ebur128` filter because
 * the same pass also needs per-hop levels and true peaks, and a filter graph would cost a copy of every block
 * each way. The tests hold it against that filter.
 */

/** Samples per hop: 100 ms at 48 kHz. */
export const HOP_SAMPLES = 4800;
const HOPS_PER_BLOCK = 4;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;
const HOPS_PER_SECOND = 10;
/** EBU R 128: 3 s. */
const SHORT_TERM_HOPS = 30;
/** EBU Tech 3342. */
const RANGE_GATE_LU = -20;
const RANGE_LOW = 0.1;
const RANGE_HIGH = 0.95;

// BS.1770-4 tables 1 and 2, for 48 kHz.
const SHELF = {
  b0: 1.53512485958697,
  b1: -2.69169618940638,
  b2: 1.19839281085285,
  a1: -1.69065929318241,
  a2: 0.73248077421585,
};
const HIGH_PASS = { a1: -1.99004745483398, a2: 0.99007225036621 };

/** Rounded to tenths. */
export interface LoudnessCourse {
  readonly maxMomentaryLufs: number | null;
  readonly maxShortTermLufs: number | null;
  /** Between the quiet and the loud parts: the 10th and the 95th percentile of what is not silence. */
  readonly rangeLu: number | null;
  /** A value for each second; null for silence. */
  readonly curve: readonly (number | null)[];
}

/** Takes interleaved stereo blocks of any size, in order. Channels count equally (left and right weigh 1). */
export class LoudnessMeter {
  /** Mean square of each complete 100 ms, both channels added. */
  readonly #hops: number[] = [];
  /** Per channel: two states of the shelf, two of the high pass. */
  readonly #state = new Float64Array(8);
  #sum = 0;
  #filled = 0;

  push(samples: Float32Array, count: number): void {
    let offset = 0;
    while (offset < count) {
      const step = Math.min(HOP_SAMPLES - this.#filled, count - offset);
      this.#sum += this.#filter(samples, offset, step, 0) + this.#filter(samples, offset, step, 1);
      this.#filled += step;
      offset += step;
      if (this.#filled === HOP_SAMPLES) {
        this.#hops.push(this.#sum / HOP_SAMPLES);
        this.#sum = 0;
        this.#filled = 0;
      }
    }
  }

  /** Both filters in transposed direct form II; returns the sum of squares. */
  #filter(samples: Float32Array, offset: number, count: number, channel: number): number {
    const state = this.#state;
    const base = channel * 4;
    let s1 = state[base] as number;
    let s2 = state[base + 1] as number;
    let h1 = state[base + 2] as number;
    let h2 = state[base + 3] as number;
    let sum = 0;
    const end = (offset + count) * 2;
    for (let i = offset * 2 + channel; i < end; i += 2) {
      const x = samples[i] as number;
      const y = SHELF.b0 * x + s1;
      s1 = SHELF.b1 * x - SHELF.a1 * y + s2;
      s2 = SHELF.b2 * x - SHELF.a2 * y;
      const z = y + h1;
      h1 = -2 * y - HIGH_PASS.a1 * z + h2;
      h2 = y - HIGH_PASS.a2 * z;
      sum += z * z;
    }
    // A decaying tail would end in denormals, which are slow; nothing below this is audible.
    state[base] = Math.abs(s1) < 1e-20 ? 0 : s1;
    state[base + 1] = Math.abs(s2) < 1e-20 ? 0 : s2;
    state[base + 2] = Math.abs(h1) < 1e-20 ? 0 : h1;
    state[base + 3] = Math.abs(h2) < 1e-20 ? 0 : h2;
    return sum;
  }

  /** LUFS, or null when no block passes the absolute gate (silence, or less than 400 ms). */
  integrated(): number | null {
    const blocks: number[] = [];
    for (let i = 0; i + HOPS_PER_BLOCK <= this.#hops.length; i++) {
      let sum = 0;
      for (let k = 0; k < HOPS_PER_BLOCK; k++) sum += this.#hops[i + k] as number;
      blocks.push(sum / HOPS_PER_BLOCK);
    }
    const audible = blocks.filter((energy) => energyToLufs(energy) > ABSOLUTE_GATE_LUFS);
    if (audible.length === 0) return null;
    const gate = energyToLufs(mean(audible)) + RELATIVE_GATE_LU;
    return energyToLufs(mean(audible.filter((energy) => energyToLufs(energy) > gate)));
  }

  /**
   * The course of the loudness after EBU R 128: momentary is over 400 ms, short-term over 3 s, both every 100 ms; the
   * range is that of EBU Tech 3342. null where there is less sound than that, or only silence.
   */
  course(): LoudnessCourse {
    const momentary = this.#windows(HOPS_PER_BLOCK);
    const shortTerm = this.#windows(SHORT_TERM_HOPS);
    return {
      maxMomentaryLufs: loudest(momentary),
      maxShortTermLufs: loudest(shortTerm),
      rangeLu: loudnessRange(shortTerm),
      curve: this.#curve(),
    };
  }

  /** The mean energy of every `hops` hops in a row. */
  #windows(hops: number): number[] {
    const means: number[] = [];
    let sum = 0;
    for (const [index, energy] of this.#hops.entries()) {
      sum += energy;
      if (index >= hops) sum -= this.#hops[index - hops] as number;
      if (index >= hops - 1) means.push(Math.max(0, sum) / hops);
    }
    return means;
  }

  /** For each second the loudness of the 3 s around its middle, less at both ends. */
  #curve(): (number | null)[] {
    const seconds = Math.ceil(this.#hops.length / HOPS_PER_SECOND);
    return Array.from({ length: seconds }, (_, second) => {
      const around = this.#hops.slice(
        Math.max(0, (second - 1) * HOPS_PER_SECOND),
        (second + 2) * HOPS_PER_SECOND,
      );
      return lufsOrNull(mean(around));
    });
  }

  /** Runs of at least `minimumHops` hops quieter than -70 LUFS. */
  silentSpans(minimumHops: number): { startSample: number; sampleCount: number }[] {
    const spans: { startSample: number; sampleCount: number }[] = [];
    let start = 0;
    for (let i = 0; i <= this.#hops.length; i++) {
      const quiet = i < this.#hops.length && energyToLufs(this.#hops[i] as number) < ABSOLUTE_GATE_LUFS;
      if (quiet) continue;
      if (i - start >= minimumHops)
        spans.push({ startSample: start * HOP_SAMPLES, sampleCount: (i - start) * HOP_SAMPLES });
      start = i + 1;
    }
    return spans;
  }
}

function loudest(energies: readonly number[]): number | null {
  return energies.length === 0 ? null : lufsOrNull(energies.reduce((most, energy) => Math.max(most, energy)));
}

function loudnessRange(shortTerm: readonly number[]): number | null {
  const audible = shortTerm.filter((energy) => energyToLufs(energy) > ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return null;
  const gate = energyToLufs(mean(audible)) + RANGE_GATE_LU;
  const levels = audible
    .map(energyToLufs)
    .filter((lufs) => lufs > gate)
    .toSorted((a, b) => a - b);
  const at = (share: number): number => levels[Math.round((levels.length - 1) * share)] as number;
  return tenth(at(RANGE_HIGH) - at(RANGE_LOW));
}

/** Below the absolute gate a figure means nothing. */
function lufsOrNull(energy: number): number | null {
  const lufs = energyToLufs(energy);
  return lufs > ABSOLUTE_GATE_LUFS ? tenth(lufs) : null;
}

/** Finer nobody hears, and an hour's curve is in the record. */
function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function energyToLufs(energy: number): number {
  return -0.691 + 10 * Math.log10(energy);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
