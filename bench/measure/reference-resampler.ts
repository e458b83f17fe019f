/**
 * The resampler everything else is measured against: separable Lanczos-3 in float64, rounded once at the end.
 * Slow on purpose (some 0.1 s per 1080p frame); it shares no code with the product's kernel.
 *
 * Plain Lanczos weights lean to one side by up to 0.02 px, depending on the phase: soft detail then trembles
 * in a pan by 0.03 px/frame². They are corrected here so that a linear ramp comes out exactly.
 */

/** A planar picture in float64, full resolution in all three planes, BT.709 limited range (Y 16..235). */
export interface ReferencePicture {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Float64Array, Float64Array, Float64Array];
}

/** A rectangle of the picture, in its pixels; (0,0) is the outer corner of the first pixel. */
export interface ReferenceViewport {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Interleaved 8-bit sRGB to BT.709 limited planes, without any rounding. */
export function pictureFromRgb(rgb: Uint8Array, width: number, height: number): ReferencePicture {
  const size = width * height;
  const [y, u, v] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < size; i++) {
    const r = (rgb[3 * i] as number) / 255;
    const g = (rgb[3 * i + 1] as number) / 255;
    const b = (rgb[3 * i + 2] as number) / 255;
    const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    y[i] = 16 + 219 * luma;
    u[i] = 128 + (224 * (b - luma)) / 1.8556;
    v[i] = 128 + (224 * (r - luma)) / 1.5748;
  }
  return { width, height, planes: [y, u, v] };
}

/**
 * Writes one yuv420p frame (Y, then U, then V, no padding) of `viewport` into `target`.
 * Chroma is sited left, as H.264's default and every player's assumption is.
 */
export function resampleReference(
  picture: ReferencePicture,
  viewport: ReferenceViewport,
  width: number,
  height: number,
  target: Uint8Array,
): void {
  const [y, u, v] = picture.planes;
  const luma = width * height;
  const chroma = luma / 4;
  const rows = taps(viewport.top, viewport.height, height, 0, picture.height);
  resamplePlane(
    y,
    picture.width,
    taps(viewport.left, viewport.width, width, 0, picture.width),
    rows,
    target.subarray(0, luma),
  );
  // Left siting: the chroma sample lies on the left luma column of its pair, a quarter chroma pixel before its centre.
  const chromaColumns = taps(viewport.left, viewport.width, width / 2, -0.25, picture.width);
  const chromaRows = taps(viewport.top, viewport.height, height / 2, 0, picture.height);
  resamplePlane(u, picture.width, chromaColumns, chromaRows, target.subarray(luma, luma + chroma));
  resamplePlane(
    v,
    picture.width,
    chromaColumns,
    chromaRows,
    target.subarray(luma + chroma, luma + 2 * chroma),
  );
}

interface Taps {
  readonly count: number;
  readonly outputs: number;
  /** Per output `count` source indices (clamped to the edge) and weights that sum to 1. */
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

function taps(start: number, length: number, outputs: number, siting: number, sourceLength: number): Taps {
  const step = length / outputs;
  const widening = Math.max(1, step);
  const count = Math.ceil(6 * widening) + 1;
  const indices = new Int32Array(outputs * count);
  const weights = new Float64Array(outputs * count);
  for (let output = 0; output < outputs; output++) {
    const centre = start + (output + 0.5 + siting) * step - 0.5;
    const first = Math.ceil(centre - 3 * widening);
    const distances = Array.from({ length: count }, (_, tap) => (first + tap - centre) / widening);
    const raw = distances.map(lanczos3);
    const sum = total(raw);
    const lean = total(raw.map((weight, tap) => (weight * (distances[tap] as number)) / sum));
    // Take the lean off with weights that add nothing themselves: a tent times the distance from its centroid.
    const tent = distances.map((distance) => Math.max(0, 1 - Math.abs(distance) / 3));
    const centroid = total(tent.map((height, tap) => height * (distances[tap] as number))) / total(tent);
    const lever = tent.map((height, tap) => height * ((distances[tap] as number) - centroid));
    const leverage = total(lever.map((arm, tap) => arm * (distances[tap] as number)));
    for (let tap = 0; tap < count; tap++) {
      indices[output * count + tap] = Math.min(sourceLength - 1, Math.max(0, first + tap));
      weights[output * count + tap] = (raw[tap] as number) / sum - (lean / leverage) * (lever[tap] as number);
    }
  }
  return { count, outputs, indices, weights };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function lanczos3(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const a = Math.PI * x;
  return (3 * Math.sin(a) * Math.sin(a / 3)) / (a * a);
}

function resamplePlane(
  source: Float64Array,
  stride: number,
  columns: Taps,
  rows: Taps,
  target: Uint8Array,
): void {
  const width = columns.outputs;
  const narrowed = new Map<number, Float64Array>();
  const rowOf = (index: number): Float64Array => {
    let row = narrowed.get(index);
    if (row === undefined) {
      row = new Float64Array(width);
      const offset = index * stride;
      for (let x = 0, tap = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0; k < columns.count; k++, tap++) {
          sum +=
            (columns.weights[tap] as number) * (source[offset + (columns.indices[tap] as number)] as number);
        }
        row[x] = sum;
      }
      narrowed.set(index, row);
    }
    return row;
  };
  const sum = new Float64Array(width);
  for (let y = 0; y < rows.outputs; y++) {
    sum.fill(0);
    for (let k = 0; k < rows.count; k++) {
      const weight = rows.weights[y * rows.count + k] as number;
      if (weight === 0) continue;
      const row = rowOf(rows.indices[y * rows.count + k] as number);
      for (let x = 0; x < width; x++) sum[x] = (sum[x] as number) + weight * (row[x] as number);
    }
    const oldest = rows.indices[y * rows.count] as number;
    narrowed.delete(oldest - 1);
    for (let x = 0; x < width; x++)
      target[y * width + x] = Math.min(255, Math.max(0, Math.round(sum[x] as number)));
  }
}
