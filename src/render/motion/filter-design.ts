/**
 * The resampling filter: six taps, designed by least squares for every phase.
 *
 * A filter that moves a picture by a fraction of a pixel should do three things at every frequency: delay it by just
 * that fraction, keep its amplitude whatever the fraction, and suppress what the output cannot show. Six taps cannot do
 * all of it everywhere, and the usual kernels spend them badly: their delay is exact for slow gradients alone, so that
 * detail trembles wherever a whole frame has one phase (a pan at one source pixel per frame pixel). Here the
 * errors in phase (what trembles) weigh most where pictures have most of their energy, and the amplitude follows
 * one low-pass at every phase, so that nothing shimmers. Figures: docs/decisions/0030-kernel-at-its-limit.md.
 *
 * Only + - * / and no library sine: the same coefficients on every machine.
 */

export const TAPS = 6;
/** Taps before the one at the position's whole part. */
const BEFORE = TAPS / 2 - 1;
const FREQUENCIES = 64;
/** Where the wanted amplitude begins and ceases to fall, in units of the output's Nyquist frequency. */
const PASS = 0.6;
const STOP = 1.4;
/**
 * How much more an error in phase weighs where a whole frame may share one phase. Elsewhere a frame holds many phases,
 * their errors cancel, and the amplitude deserves the taps.
 */
const ONE_TO_ONE_STEADINESS = 12;

/**
 * Coefficients for a position `phase` samples behind tap 2 (about 0..1) when output samples lie `step` >= 1 samples
 * apart. They sum to 1 and have their centroid exactly at the position.
 */
export function designTaps(step: number, phase: number): number[] {
  const size = TAPS + 2;
  const matrix = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  const distances = Array.from({ length: TAPS }, (_, tap) => tap - BEFORE - phase);
  const steadiness = step === 1 ? ONE_TO_ONE_STEADINESS : 1;
  for (let index = 0; index < FREQUENCIES; index++) {
    // In units of the source's Nyquist frequency; power spectra of pictures fall off with its square.
    const frequency = (index + 0.5) / FREQUENCIES;
    const energy = 1 / (0.02 + frequency * frequency);
    const wanted = amplitude(frequency * step);
    const cosines = distances.map((distance) => cosine(frequency * distance));
    const sines = distances.map((distance) => cosine(frequency * distance - 0.5));
    accumulate(matrix, cosines, energy, wanted);
    accumulate(matrix, sines, steadiness * energy * energy * energy, 0);
  }
  // Lagrange multipliers for the two constraints.
  distances.forEach((distance, tap) => {
    const row = matrix[tap] as number[];
    row[TAPS] = 1;
    row[TAPS + 1] = distance;
    (matrix[TAPS] as number[])[tap] = 1;
    (matrix[TAPS + 1] as number[])[tap] = distance;
  });
  (matrix[TAPS] as number[])[size] = 1;
  return solve(matrix).slice(0, TAPS);
}

/** Adds `weight * (basis . taps - wanted)^2` to the normal equations. */
function accumulate(matrix: number[][], basis: readonly number[], weight: number, wanted: number): void {
  for (let i = 0; i < TAPS; i++) {
    const row = matrix[i] as number[];
    const share = weight * (basis[i] as number);
    for (let j = 0; j < TAPS; j++) row[j] = (row[j] as number) + share * (basis[j] as number);
    row[TAPS + 2] = (row[TAPS + 2] as number) + share * wanted;
  }
}

/** 1 in the pass band, 1/2 at the output's Nyquist frequency: within 0.05 of Lanczos-3. */
function amplitude(frequency: number): number {
  const t = Math.min(1, Math.max(0, (frequency - PASS) / (STOP - PASS)));
  return 1 - t * t * (3 - 2 * t);
}

/** cos(pi x) by a Taylor series around the nearest integer; nine terms leave an error below 1e-9. */
function cosine(x: number): number {
  const nearest = Math.floor(x + 0.5);
  const angle = (x - nearest) * Math.PI;
  const square = angle * angle;
  let sum = 1;
  for (let n = 16; n >= 2; n -= 2) sum = 1 - (sum * square) / (n * (n - 1));
  return nearest % 2 === 0 ? sum : -sum;
}

/** Gaussian elimination with pivots; the right-hand side is the last column. */
function solve(matrix: number[][]): number[] {
  const size = matrix.length;
  for (let i = 0; i < size; i++) {
    let pivot = i;
    for (let j = i + 1; j < size; j++) {
      if (Math.abs(matrix[j]?.[i] as number) > Math.abs(matrix[pivot]?.[i] as number)) pivot = j;
    }
    const row = matrix[pivot] as number[];
    matrix[pivot] = matrix[i] as number[];
    matrix[i] = row;
    for (const other of matrix.slice(i + 1)) {
      const factor = (other[i] as number) / (row[i] as number);
      for (let k = i; k <= size; k++) other[k] = (other[k] as number) - factor * (row[k] as number);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    const row = matrix[i] as number[];
    let sum = row[size] as number;
    for (let k = i + 1; k < size; k++) sum -= (row[k] as number) * (solution[k] as number);
    solution[i] = sum / (row[i] as number);
  }
  return solution;
}
