// One plane of one frame: every source row in view is filtered horizontally once, into a ring of i16 rows with
// 6 fractional bits; every output row is a vertical sum of ring rows. Horizontal first, because 16 source bytes
// hold everything 8 neighbouring columns need and no row is filtered twice.

const COEFFICIENT_BITS: i32 = 14;
const FRACTION_BITS: i32 = 6;
const DROP: i32 = COEFFICIENT_BITS - FRACTION_BITS;
const RING_ROWS: i32 = 16;

/**
 * `source` is the address of sample (0,0) of a padded plane. `columns` and `rows` come from buildColumns/buildRows.
 * `ring` is scratch of 16 rows of `ringStride` bytes. `groups` = ceil(output width / 8). Output rows are written in
 * whole groups, so `targetStride` >= groups * 8.
 */
export function resamplePlane(
  source: usize, sourceStride: i32, columns: usize, pairs: i32, groups: i32,
  rows: usize, rowTaps: i32, height: i32, ring: usize, ringStride: i32, target: usize, targetStride: i32,
): void {
  const recordBytes = 4 + (usize(rowTaps) << 1);
  let next = load<i32>(rows);
  for (let y = 0; y < height; y++) {
    const first = load<i32>(rows);
    const end = first + rowTaps;
    if (next < first) next = first;
    while (next < end) {
      const line = source + next * sourceStride;
      const slot = ring + (next & (RING_ROWS - 1)) * ringStride;
      if (pairs == 2) filterRow4(line, columns, groups, slot);
      else filterRow(line, columns, pairs, groups, slot);
      next++;
    }
    if (rowTaps == 4) sumRows4(ring, ringStride, first, rows + 4, groups, target);
    else sumRows(ring, ringStride, first, rows + 4, rowTaps, groups, target);
    rows += recordBytes;
    target += targetStride;
  }
}

function filterRow4(line: usize, columns: usize, groups: i32, target: usize): void {
  for (let g = 0; g < groups; g++) {
    const at = line + load<i32>(columns);
    const control = v128.load(columns, 16);
    const first = i8x16.swizzle(v128.load(at), control);
    const second = i8x16.swizzle(v128.load(at, 2), control);
    const low = i32x4.add(
      i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(first), v128.load(columns, 32)),
      i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(second), v128.load(columns, 64)),
    );
    const high = i32x4.add(
      i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(first), v128.load(columns, 48)),
      i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(second), v128.load(columns, 80)),
    );
    v128.store(target, i16x8.narrow_i32x4_s(i32x4.shr_s(low, DROP), i32x4.shr_s(high, DROP)));
    columns += 96;
    target += 16;
  }
}

function filterRow(line: usize, columns: usize, pairs: i32, groups: i32, target: usize): void {
  for (let g = 0; g < groups; g++) {
    let at = line + load<i32>(columns);
    const control = v128.load(columns, 16);
    let low = i32x4.splat(0);
    let high = i32x4.splat(0);
    columns += 32;
    for (let p = 0; p < pairs; p++) {
      const pair = i8x16.swizzle(v128.load(at), control);
      low = i32x4.add(low, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(pair), v128.load(columns)));
      high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(pair), v128.load(columns, 16)));
      at += 2;
      columns += 32;
    }
    v128.store(target, i16x8.narrow_i32x4_s(i32x4.shr_s(low, DROP), i32x4.shr_s(high, DROP)));
    target += 16;
  }
}

/** Half an output step, plus the half step that dropping bits in the horizontal pass takes away on average. */
const ROUND: i32 = (1 << (COEFFICIENT_BITS + FRACTION_BITS - 1)) + (1 << (COEFFICIENT_BITS - 1));
const SHIFT: i32 = COEFFICIENT_BITS + FRACTION_BITS;

// @ts-expect-error AssemblyScript decorator
@inline
function ringRow(ring: usize, stride: i32, row: i32): usize {
  return ring + (row & (RING_ROWS - 1)) * stride;
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
    const low = i32x4.add(
      i32x4.add(
        i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), pair0),
        i32x4.dot_i16x8_s(v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11), pair1),
      ),
      round,
    );
    const high = i32x4.add(
      i32x4.add(
        i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), pair0),
        i32x4.dot_i16x8_s(v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15), pair1),
      ),
      round,
    );
    const samples = i16x8.narrow_i32x4_s(i32x4.shr_s(low, SHIFT), i32x4.shr_s(high, SHIFT));
    v128.store64_lane(target, i8x16.narrow_i16x8_u(samples, samples), 0);
    target += 8;
  }
}

function sumRows(
  ring: usize, stride: i32, first: i32, taps: usize, count: i32, groups: i32, target: usize,
): void {
  for (let at: usize = 0, end = usize(groups) << 4; at < end; at += 16) {
    let low = i32x4.splat(ROUND);
    let high = low;
    for (let k = 0; k < count; k += 2) {
      const a = v128.load(ringRow(ring, stride, first + k) + at);
      const b = v128.load(ringRow(ring, stride, first + k + 1) + at);
      const pair = i32x4.splat(load<i32>(taps + (usize(k) << 1)));
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), pair));
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), pair));
    }
    const samples = i16x8.narrow_i32x4_s(i32x4.shr_s(low, SHIFT), i32x4.shr_s(high, SHIFT));
    v128.store64_lane(target, i8x16.narrow_i16x8_u(samples, samples), 0);
    target += 8;
  }
}
