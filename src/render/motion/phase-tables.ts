import type { KernelModule } from "./kernel-module.ts";
import type { Region } from "./memory.ts";

/** Catmull-Rom widened by `spread`, on an even number of taps. */
export interface ResampleFilter {
  readonly taps: number;
  readonly spread: number;
}

export const MAX_TAPS = 8;
/** Phases per sample and one more; fixed in `assembly/tables.ts`. */
const PHASES = 2049;
/**
 * Spreads are rounded up to multiples of this, so that the frames of a slow zoom share tables. A step of 0.4 % in the
 * filter's width changes no sample by more than a rounding would.
 */
const SPREAD_UNIT = 1 / 256;
/** Enough for two pictures in a cross-fade, luma and chroma, each at its own spread. */
const TABLES_KEPT = 4;

/** `step`: source samples per output sample, <= 2. 4 taps when magnifying, 6 up to a step of 1.5, 8 beyond. */
export function resampleFilter(step: number): ResampleFilter {
  const spread = Math.max(1, Math.ceil(step / SPREAD_UNIT - 1e-9) * SPREAD_UNIT);
  return { taps: Math.min(2 * Math.ceil(2 * spread), MAX_TAPS), spread };
}

/** Coefficients for all phases of the filters in use. Evaluating them for every column took a quarter of the frame. */
export class PhaseTables {
  readonly #kernel: KernelModule;
  readonly #tables = new Map<number, Region>();

  constructor(kernel: KernelModule) {
    this.#kernel = kernel;
  }

  /** Address of the filter's table; good until the next call but three. */
  of({ taps, spread }: ResampleFilter): number {
    const known = this.#tables.get(spread);
    if (known !== undefined) {
      this.#tables.delete(spread);
      this.#tables.set(spread, known);
      return known.address;
    }
    const region = this.#room();
    this.#kernel.exports.buildPhases(region.address + MAX_TAPS * 8, taps, spread, region.address);
    const table = { address: region.address + MAX_TAPS * 8, sizeBytes: region.sizeBytes };
    this.#tables.set(spread, table);
    return table.address;
  }

  /** Every region is as large as the largest table, so that it can be taken over. */
  #room(): Region {
    const oldest = this.#tables.entries().next().value;
    if (this.#tables.size < TABLES_KEPT || oldest === undefined) {
      return this.#kernel.memory.allocate(MAX_TAPS * 8 + PHASES * MAX_TAPS * 2);
    }
    this.#tables.delete(oldest[0]);
    return { address: oldest[1].address - MAX_TAPS * 8, sizeBytes: oldest[1].sizeBytes };
  }
}
