import { designTaps, TAPS } from "./filter-design.ts";
import type { KernelModule } from "./kernel-module.ts";
import type { Region } from "./memory.ts";

/** Phases per sample; fixed in `assembly/tables.ts`, as is the size of an entry. */
const PHASES = 2048;
const ENTRY = 8;
/** 1 as a coefficient would be one more than 16 bits hold: a lone tap of 1 loses 1/32768 to its neighbour. */
const UNIT = 32_768;
/**
 * Steps are rounded up to multiples of this, so that the frames of a slow zoom share tables. A step of 0.4 % in the
 * filter's width changes no sample by more than a rounding would.
 */
const STEP_UNIT = 1 / 256;
/** The filter is designed at multiples of this step, and between two of them mixed. */
const DESIGN_UNIT = 1 / 8;
/** A magnified picture has all its detail below this step's cut-off; below 0.7 the middle tap would exceed 1. */
const LEAST_STEP = 7 * DESIGN_UNIT;
/** Designed phases per sample; between them a cubic is good to 1/32768. */
const DESIGN_PHASES = 64;
/** Enough for two pictures in a cross-fade, luma and chroma, each at its own step. */
const TABLES_KEPT = 4;
/** The key of the table that moves nothing: 1 on the middle tap. */
const IDENTITY = 0;

/** Coefficients for all phases of the filters in use. Designing them for every frame would take longer than the frame. */
export class PhaseTables {
  readonly #kernel: KernelModule;
  readonly #tables = new Map<number, Region>();
  readonly #designs = new Map<number, Float64Array>();

  constructor(kernel: KernelModule) {
    this.#kernel = kernel;
  }

  /** `step`: source samples per output sample. @returns the table's address, good until the next call but three */
  of(step: number): number {
    return this.#table(Math.max(LEAST_STEP, Math.ceil(step / STEP_UNIT - 1e-9) * STEP_UNIT));
  }

  /** For samples that go one to one: the filter proper would take a little off the finest detail. */
  identity(): number {
    return this.#table(IDENTITY);
  }

  #table(key: number): number {
    const known = this.#tables.get(key);
    const region = known ?? this.#room();
    this.#tables.delete(key);
    this.#tables.set(key, region);
    if (known === undefined) {
      const entries = this.#kernel.memory.shorts(region.address, (PHASES + 1) * ENTRY);
      if (key === IDENTITY) fillIdentity(entries);
      else fill(entries, this.#mixed(key));
    }
    return region.address;
  }

  #room(): Region {
    const oldest = this.#tables.entries().next().value;
    if (this.#tables.size < TABLES_KEPT || oldest === undefined) {
      return this.#kernel.memory.allocate((PHASES + 1) * ENTRY * 2);
    }
    this.#tables.delete(oldest[0]);
    return oldest[1];
  }

  /** Sum and centroid are linear in the coefficients, so that mixing designs keeps both. */
  #mixed(step: number): Float64Array {
    const index = Math.floor(step / DESIGN_UNIT);
    const share = step / DESIGN_UNIT - index;
    const near = this.#design(index);
    if (share === 0) return near;
    const far = this.#design(index + 1);
    return near.map((value, i) => value + share * ((far[i] as number) - value));
  }

  /** Phases -1..65 of 64. */
  #design(index: number): Float64Array {
    let design = this.#designs.get(index);
    if (design === undefined) {
      design = new Float64Array((DESIGN_PHASES + 3) * TAPS);
      // The other half is the first, mirrored.
      for (let row = 0; row <= DESIGN_PHASES / 2 + 1; row++) {
        const taps = designTaps(index * DESIGN_UNIT, (row - 1) / DESIGN_PHASES);
        design.set(taps, row * TAPS);
        design.set(taps.toReversed(), (DESIGN_PHASES + 2 - row) * TAPS);
      }
      this.#designs.set(index, design);
    }
    return design;
  }
}

/**
 * Cubic interpolation between the designed phases, rounded so that every entry sums to exactly 1. The second half is the
 * first, mirrored.
 */
function fill(entries: Int16Array, design: Float64Array): void {
  const every = PHASES / DESIGN_PHASES;
  for (let phase = 0; phase <= PHASES / 2; phase++) {
    const row = Math.floor(phase / every);
    const t = phase / every - row;
    const weights = [
      (-t * (t - 1) * (t - 2)) / 6,
      ((t + 1) * (t - 1) * (t - 2)) / 2,
      (-(t + 1) * t * (t - 2)) / 2,
      ((t + 1) * t * (t - 1)) / 6,
    ] as const;
    let total = 0;
    let largest = 0;
    for (let tap = 0; tap < TAPS; tap++) {
      const at = row * TAPS + tap;
      const exact =
        weights[0] * (design[at] as number) +
        weights[1] * (design[at + TAPS] as number) +
        weights[2] * (design[at + 2 * TAPS] as number) +
        weights[3] * (design[at + 3 * TAPS] as number);
      const value = Math.floor(exact * UNIT + 0.5);
      entries[phase * ENTRY + tap] = value;
      total += value;
      if (value > (entries[phase * ENTRY + largest] as number)) largest = tap;
    }
    const at = phase * ENTRY + largest;
    entries[at] = (entries[at] as number) + UNIT - total;
    if (phase === PHASES / 2) return;
    const mirrored = (PHASES - phase) * ENTRY + TAPS - 1;
    for (let tap = 0; tap < TAPS; tap++) {
      entries[mirrored - tap] = entries[phase * ENTRY + tap] as number;
    }
  }
}

function fillIdentity(entries: Int16Array): void {
  entries.fill(0);
  const before = TAPS / 2 - 1;
  for (let phase = 0; phase <= PHASES; phase++) {
    const nearest = before + (phase * 2 > PHASES ? 1 : 0);
    entries[phase * ENTRY + nearest] = UNIT - 1;
    entries[phase * ENTRY + nearest + 1] = 1;
  }
}
