// One plane of one frame: every source row in view is filtered horizontally once, into a ring of i16 rows with
// 6 fractional bits; every output row is a vertical sum of ring rows. Horizontal first, because 16 source bytes
// hold everything 8 neighbouring columns need and no row is filtered twice; two rows at a time, because they share
// the tables. The usual tap counts, 4 and 6, are written out: V8 does not unroll loops.

const COEFFICIENT_BITS: i32 = 14;
const FRACTION_BITS: i32 = 6;
const DROP: i32 = COEFFICIENT_BITS - FRACTION_BITS;
const SHIFT: i32 = COEFFICIENT_BITS + FRACTION_BITS;
/** Half an output step, plus the half step that dropping bits in the horizontal pass takes away on average. */
const ROUND: i32 = (1 << (SHIFT - 1)) + (1 << (COEFFICIENT_BITS - 1));
const RING_ROWS: i32 = 16;

/**
 * `source` is the address of sample (0,0) of a padded plane. `columns` and `rows` come from buildColumns/buildRows.
 * `ring` is scratch of 16 rows of `ringStride` bytes. `groups` = ceil(output width / 8). Output rows are written in
 * whole groups: what spills behind a row is overwritten by the next.
 */
export function resamplePlane(
  source: usize,
  sourceStride: i32,
  columns: usize,
  pairs: i32,
  groups: i32,
  rows: usize,
  rowTaps: i32,
  height: i32,
  ring: usize,
  ringStride: i32,
  target: usize,
  targetStride: i32,
): void {
  const recordBytes = 4 + (usize(rowTaps) << 1);
  let next = load<i32>(rows);
  for (let y = 0; y < height; y++) {
    const first = load<i32>(rows);
    const end = first + rowTaps;
    if (next < first) next = first;
    while (next < end) {
      // May run one row ahead of what is needed: the ring has room, and the plane is padded.
      const line = source + next * sourceStride;
      const slot0 = ringRow(ring, ringStride, next);
      const slot1 = ringRow(ring, ringStride, next + 1);
      if (pairs == 2) filterRows4(line, line + sourceStride, columns, groups, slot0, slot1);
      else if (pairs == 3) filterRows6(line, line + sourceStride, columns, groups, slot0, slot1);
      else filterRows(line, line + sourceStride, columns, pairs, groups, slot0, slot1);
      next += 2;
    }
    if (rowTaps == 4) sumRows4(ring, ringStride, first, rows + 4, groups, target);
    else if (rowTaps == 6) sumRows6(ring, ringStride, first, rows + 4, groups, target);
    else sumRows(ring, ringStride, first, rows + 4, rowTaps, groups, target);
    rows += recordBytes;
    target += targetStride;
  }
}

function ringRow(ring: usize, stride: i32, row: i32): usize {
  return ring + (row & (RING_ROWS - 1)) * stride;
}

function dotLow(pair: v128, coefficients: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(pair), coefficients);
}

function dotHigh(pair: v128, coefficients: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(pair), coefficients);
}

function storeSamples(target: usize, low: v128, high: v128): void {
  v128.store(target, i16x8.narrow_i32x4_s(i32x4.shr_s(low, DROP), i32x4.shr_s(high, DROP)));
}

function filterRows4(
  line0: usize,
  line1: usize,
  columns: usize,
  groups: i32,
  target0: usize,
  target1: usize,
): void {
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    const offset = load<i32>(columns);
    const control = v128.load(columns, 16);
    const low0 = v128.load(columns, 32);
    const high0 = v128.load(columns, 48);
    const low1 = v128.load(columns, 64);
    const high1 = v128.load(columns, 80);
    const a0 = i8x16.swizzle(v128.load(line0 + offset), control);
    const a1 = i8x16.swizzle(v128.load(line0 + offset, 2), control);
    storeSamples(
      target0 + at,
      i32x4.add(dotLow(a0, low0), dotLow(a1, low1)),
      i32x4.add(dotHigh(a0, high0), dotHigh(a1, high1)),
    );
    const b0 = i8x16.swizzle(v128.load(line1 + offset), control);
    const b1 = i8x16.swizzle(v128.load(line1 + offset, 2), control);
    storeSamples(
      target1 + at,
      i32x4.add(dotLow(b0, low0), dotLow(b1, low1)),
      i32x4.add(dotHigh(b0, high0), dotHigh(b1, high1)),
    );
    columns += 96;
  }
}

function filterRows6(
  line0: usize,
  line1: usize,
  columns: usize,
  groups: i32,
  target0: usize,
  target1: usize,
): void {
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    const offset = load<i32>(columns);
    const control = v128.load(columns, 16);
    const low0 = v128.load(columns, 32);
    const high0 = v128.load(columns, 48);
    const low1 = v128.load(columns, 64);
    const high1 = v128.load(columns, 80);
    const low2 = v128.load(columns, 96);
    const high2 = v128.load(columns, 112);
    const a0 = i8x16.swizzle(v128.load(line0 + offset), control);
    const a1 = i8x16.swizzle(v128.load(line0 + offset, 2), control);
    const a2 = i8x16.swizzle(v128.load(line0 + offset, 4), control);
    storeSamples(
      target0 + at,
      i32x4.add(i32x4.add(dotLow(a0, low0), dotLow(a1, low1)), dotLow(a2, low2)),
      i32x4.add(i32x4.add(dotHigh(a0, high0), dotHigh(a1, high1)), dotHigh(a2, high2)),
    );
    const b0 = i8x16.swizzle(v128.load(line1 + offset), control);
    const b1 = i8x16.swizzle(v128.load(line1 + offset, 2), control);
    const b2 = i8x16.swizzle(v128.load(line1 + offset, 4), control);
    storeSamples(
      target1 + at,
      i32x4.add(i32x4.add(dotLow(b0, low0), dotLow(b1, low1)), dotLow(b2, low2)),
      i32x4.add(i32x4.add(dotHigh(b0, high0), dotHigh(b1, high1)), dotHigh(b2, high2)),
    );
    columns += 128;
  }
}

function filterRows(
  line0: usize,
  line1: usize,
  columns: usize,
  pairs: i32,
  groups: i32,
  target0: usize,
  target1: usize,
): void {
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    let offset = load<i32>(columns);
    const control = v128.load(columns, 16);
    let low0 = i32x4.splat(0);
    let high0 = low0;
    let low1 = low0;
    let high1 = low0;
    columns += 32;
    for (let p = 0; p < pairs; p++) {
      const low = v128.load(columns);
      const high = v128.load(columns, 16);
      const a = i8x16.swizzle(v128.load(line0 + offset), control);
      const b = i8x16.swizzle(v128.load(line1 + offset), control);
      low0 = i32x4.add(low0, dotLow(a, low));
      high0 = i32x4.add(high0, dotHigh(a, high));
      low1 = i32x4.add(low1, dotLow(b, low));
      high1 = i32x4.add(high1, dotHigh(b, high));
      offset += 2;
      columns += 32;
    }
    storeSamples(target0 + at, low0, high0);
    storeSamples(target1 + at, low1, high1);
  }
}

function sumLow(a: v128, b: v128, pair: v128): v128 {
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), pair);
}

function sumHigh(a: v128, b: v128, pair: v128): v128 {
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), pair);
}

function storeBytes(target: usize, low: v128, high: v128): void {
  const samples = i16x8.narrow_i32x4_s(i32x4.shr_s(low, SHIFT), i32x4.shr_s(high, SHIFT));
  v128.store64_lane(target, i8x16.narrow_i16x8_u(samples, samples), 0);
}

function sumRows4(ring: usize, stride: i32, first: i32, taps: usize, groups: i32, target: usize): void {
  const row0 = ringRow(ring, stride, first);
  const row1 = ringRow(ring, stride, first + 1);
  const row2 = ringRow(ring, stride, first + 2);
  const row3 = ringRow(ring, stride, first + 3);
  const pair0 = i32x4.splat(load<i32>(taps));
  const pair1 = i32x4.splat(load<i32>(taps, 4));
  const round = i32x4.splat(ROUND);
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    const a = v128.load(row0 + at);
    const b = v128.load(row1 + at);
    const c = v128.load(row2 + at);
    const d = v128.load(row3 + at);
    storeBytes(
      target,
      i32x4.add(i32x4.add(sumLow(a, b, pair0), round), sumLow(c, d, pair1)),
      i32x4.add(i32x4.add(sumHigh(a, b, pair0), round), sumHigh(c, d, pair1)),
    );
    target += 8;
  }
}

function sumRows6(ring: usize, stride: i32, first: i32, taps: usize, groups: i32, target: usize): void {
  const row0 = ringRow(ring, stride, first);
  const row1 = ringRow(ring, stride, first + 1);
  const row2 = ringRow(ring, stride, first + 2);
  const row3 = ringRow(ring, stride, first + 3);
  const row4 = ringRow(ring, stride, first + 4);
  const row5 = ringRow(ring, stride, first + 5);
  const pair0 = i32x4.splat(load<i32>(taps));
  const pair1 = i32x4.splat(load<i32>(taps, 4));
  const pair2 = i32x4.splat(load<i32>(taps, 8));
  const round = i32x4.splat(ROUND);
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    const a = v128.load(row0 + at);
    const b = v128.load(row1 + at);
    const c = v128.load(row2 + at);
    const d = v128.load(row3 + at);
    const e = v128.load(row4 + at);
    const f = v128.load(row5 + at);
    storeBytes(
      target,
      i32x4.add(i32x4.add(sumLow(a, b, pair0), round), i32x4.add(sumLow(c, d, pair1), sumLow(e, f, pair2))),
      i32x4.add(
        i32x4.add(sumHigh(a, b, pair0), round),
        i32x4.add(sumHigh(c, d, pair1), sumHigh(e, f, pair2)),
      ),
    );
    target += 8;
  }
}

function sumRows(
  ring: usize,
  stride: i32,
  first: i32,
  taps: usize,
  count: i32,
  groups: i32,
  target: usize,
): void {
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    let low = i32x4.splat(ROUND);
    let high = low;
    for (let k = 0; k < count; k += 2) {
      const a = v128.load(ringRow(ring, stride, first + k) + at);
      const b = v128.load(ringRow(ring, stride, first + k + 1) + at);
      const pair = i32x4.splat(load<i32>(taps + (usize(k) << 1)));
      low = i32x4.add(low, sumLow(a, b, pair));
      high = i32x4.add(high, sumHigh(a, b, pair));
    }
    storeBytes(target, low, high);
    target += 8;
  }
}
