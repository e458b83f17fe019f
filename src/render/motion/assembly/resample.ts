// One plane of one frame, in two passes of six taps: every source row in view is filtered horizontally once, into a
// ring of rows, and every output row is a vertical sum of ring rows.
//
// Samples are i16 with 6 fractional bits around mid-grey (128 = 0), and stay so until the last step. Planes lie in
// strips of 8 rows, column by column: one vector is a column of a strip, so that the horizontal pass needs no
// gathering, and its coefficients serve 8 rows at once. What comes out is transposed into rows of the ring.
//
// A product is `q15mulr`: one instruction for 8 samples where exact sums would take four, each rounded to 1/64 of a
// level, which adds 0.01 levels of noise. The relaxed form differs between machines for -32768 * -32768 alone, and no
// coefficient is -32768.

const TAPS: i32 = 6;
const SAMPLE_BITS: i32 = 6;
const STRIP_ROWS: i32 = 8;
const RING_ROWS: i32 = 16;
/** Mid-grey back on, and half an output step. */
const LIFT: i16 = (128 << 6) + (1 << 5);
/** Columns of 16 worked on from top to bottom before the next: their ring rows stay in the first-level cache. */
const TILE_GROUPS: i32 = 32;
const GROUP: i32 = 16;
/** Bytes of an axis record: see buildAxis. */
const RECORD: usize = 16;
/** One cache line more than a tile's row, so that the rows of the ring do not fall on the same cache sets. */
const RING_STRIDE: i32 = TILE_GROUPS * GROUP * 2 + 64;

/** Bytes of scratch that resamplePlane wants. */
export function ringBytes(): i32 {
  return RING_STRIDE * RING_ROWS;
}

/**
 * `source` is the address of column 0 of the strip that holds rows 0..7 of a padded plane. `columns` and `rows` come
 * from buildAxis. `groups` = ceil(output width / 16). Output rows are written in whole groups: what spills behind a
 * row is overwritten by the next, for which the rightmost tile comes first.
 */
export function resamplePlane(
  source: usize,
  stripBytes: i32,
  columns: usize,
  groups: i32,
  rows: usize,
  height: i32,
  ring: usize,
  target: usize,
  targetStride: i32,
): void {
  for (let tile = ((groups - 1) / TILE_GROUPS) * TILE_GROUPS; tile >= 0; tile -= TILE_GROUPS) {
    const column = usize(tile * GROUP);
    const tileGroups = min(groups - tile, TILE_GROUPS);
    resampleTile(
      source,
      stripBytes,
      columns + column * RECORD,
      tileGroups,
      rows,
      height,
      ring,
      target + column,
      targetStride,
    );
  }
}

function resampleTile(
  source: usize,
  stripBytes: i32,
  columns: usize,
  groups: i32,
  rows: usize,
  height: i32,
  ring: usize,
  target: usize,
  targetStride: i32,
): void {
  let next = load<i32>(rows) & -STRIP_ROWS;
  for (let y = 0; y < height; y++) {
    const first = load<i32>(rows);
    next = max(next, first & -STRIP_ROWS);
    while (next < first + TAPS) {
      filterStrip(source + (next >> 3) * stripBytes, columns, groups, ringRow(ring, next));
      next += STRIP_ROWS;
    }
    sumRows(ring, first, rows, groups, target);
    rows += RECORD;
    target += targetStride;
  }
}

function ringRow(ring: usize, row: i32): usize {
  return ring + (row & (RING_ROWS - 1)) * RING_STRIDE;
}

function times(samples: v128, coefficients: v128): v128 {
  return i16x8.relaxed_q15mulr_s(samples, coefficients);
}

/** One output column of a strip: 8 rows at once. */
function filterColumn(strip: usize, record: usize): v128 {
  const at = strip + load<i32>(record);
  return i16x8.add(
    i16x8.add(
      i16x8.add(
        times(v128.load(at), v128.load16_splat(record, 4)),
        times(v128.load(at, 16), v128.load16_splat(record, 6)),
      ),
      i16x8.add(
        times(v128.load(at, 32), v128.load16_splat(record, 8)),
        times(v128.load(at, 48), v128.load16_splat(record, 10)),
      ),
    ),
    i16x8.add(
      times(v128.load(at, 64), v128.load16_splat(record, 12)),
      times(v128.load(at, 80), v128.load16_splat(record, 14)),
    ),
  );
}

function low16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function high16(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

function low32(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

function high32(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}

/** Writes the 8x8 block whose columns are given as rows `stride` bytes apart. */
function storeTransposed(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  e: v128,
  f: v128,
  g: v128,
  h: v128,
  target: usize,
  stride: usize,
): void {
  const ab = low16(a, b);
  const cd = low16(c, d);
  const ef = low16(e, f);
  const gh = low16(g, h);
  const abHigh = high16(a, b);
  const cdHigh = high16(c, d);
  const efHigh = high16(e, f);
  const ghHigh = high16(g, h);
  let left = low32(ab, cd);
  let right = low32(ef, gh);
  v128.store(target, v128.shuffle<i64>(left, right, 0, 2));
  target += stride;
  v128.store(target, v128.shuffle<i64>(left, right, 1, 3));
  target += stride;
  left = high32(ab, cd);
  right = high32(ef, gh);
  v128.store(target, v128.shuffle<i64>(left, right, 0, 2));
  target += stride;
  v128.store(target, v128.shuffle<i64>(left, right, 1, 3));
  target += stride;
  left = low32(abHigh, cdHigh);
  right = low32(efHigh, ghHigh);
  v128.store(target, v128.shuffle<i64>(left, right, 0, 2));
  target += stride;
  v128.store(target, v128.shuffle<i64>(left, right, 1, 3));
  target += stride;
  left = high32(abHigh, cdHigh);
  right = high32(efHigh, ghHigh);
  v128.store(target, v128.shuffle<i64>(left, right, 0, 2));
  target += stride;
  v128.store(target, v128.shuffle<i64>(left, right, 1, 3));
}

function filterStrip(strip: usize, columns: usize, groups: i32, target: usize): void {
  for (let end = target + (usize(groups) << 5); target < end; target += 16) {
    storeTransposed(
      filterColumn(strip, columns),
      filterColumn(strip, columns + RECORD),
      filterColumn(strip, columns + 2 * RECORD),
      filterColumn(strip, columns + 3 * RECORD),
      filterColumn(strip, columns + 4 * RECORD),
      filterColumn(strip, columns + 5 * RECORD),
      filterColumn(strip, columns + 6 * RECORD),
      filterColumn(strip, columns + 7 * RECORD),
      target,
      RING_STRIDE,
    );
    columns += 8 * RECORD;
  }
}

function sumRows(ring: usize, first: i32, record: usize, groups: i32, target: usize): void {
  const row0 = ringRow(ring, first);
  const row1 = ringRow(ring, first + 1);
  const row2 = ringRow(ring, first + 2);
  const row3 = ringRow(ring, first + 3);
  const row4 = ringRow(ring, first + 4);
  const row5 = ringRow(ring, first + 5);
  const tap0 = v128.load16_splat(record, 4);
  const tap1 = v128.load16_splat(record, 6);
  const tap2 = v128.load16_splat(record, 8);
  const tap3 = v128.load16_splat(record, 10);
  const tap4 = v128.load16_splat(record, 12);
  const tap5 = v128.load16_splat(record, 14);
  const lift = i16x8.splat(LIFT);
  for (let at: usize = 0, end = usize(groups) << 5; at < end; at += 32) {
    const left = i16x8.add(
      i16x8.add(
        i16x8.add(times(v128.load(row0 + at), tap0), times(v128.load(row1 + at), tap1)),
        i16x8.add(times(v128.load(row2 + at), tap2), times(v128.load(row3 + at), tap3)),
      ),
      i16x8.add(times(v128.load(row4 + at), tap4), times(v128.load(row5 + at), tap5)),
    );
    const right = i16x8.add(
      i16x8.add(
        i16x8.add(times(v128.load(row0 + at, 16), tap0), times(v128.load(row1 + at, 16), tap1)),
        i16x8.add(times(v128.load(row2 + at, 16), tap2), times(v128.load(row3 + at, 16), tap3)),
      ),
      i16x8.add(times(v128.load(row4 + at, 16), tap4), times(v128.load(row5 + at, 16), tap5)),
    );
    v128.store(
      target,
      i8x16.narrow_i16x8_u(
        i16x8.shr_s(i16x8.add_sat_s(left, lift), SAMPLE_BITS),
        i16x8.shr_s(i16x8.add_sat_s(right, lift), SAMPLE_BITS),
      ),
    );
    target += 16;
  }
}

/**
 * Lays 8 rows of i16 samples, `stride` bytes apart (0 repeats one row), into a strip. `columns` is rounded up to a
 * multiple of 8.
 */
export function storeStrip(rows: usize, stride: usize, columns: i32, target: usize): void {
  for (let column = 0; column < columns; column += 8) {
    storeTransposed(
      v128.load(rows),
      v128.load(rows + stride),
      v128.load(rows + 2 * stride),
      v128.load(rows + 3 * stride),
      v128.load(rows + 4 * stride),
      v128.load(rows + 5 * stride),
      v128.load(rows + 6 * stride),
      v128.load(rows + 7 * stride),
      target,
      16,
    );
    rows += 16;
    target += 128;
  }
}
