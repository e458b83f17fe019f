/** Similarity transforms of the plane and a robust fit of one to tracked points. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Maps (x, y) to (a*x - b*y + tx, b*x + a*y + ty): rotation and zoom in (a, b), then a shift in pixels. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/** One tracked point: where it was and where it is now, in pixels. */
export interface Match {
  readonly from: Point;
  readonly to: Point;
}

export interface SimilarityFit {
  readonly transform: Similarity;
  readonly inliers: number;
}

export function applySimilarity(transform: Similarity, point: Point): Point {
  return {
    x: transform.a * point.x - transform.b * point.y + transform.tx,
    y: transform.b * point.x + transform.a * point.y + transform.ty,
  };
}

/**
 * RANSAC on pairs of matches (seeded, so the same film always reads the same), then least squares
 * with Tukey weights over the inliers: the hard threshold alone leaves blocks that swim half a threshold in.
 *
 * @param thresholdPixels a match further off than this is an outlier
 * @returns null with fewer than 8 inliers
 */
export function fitSimilarity(
  matches: readonly Match[],
  thresholdPixels = 0.5,
  trials = 200,
): SimilarityFit | null {
  if (matches.length < 8) return null;
  const random = mulberry32(0x5eed);
  let best: Similarity | null = null;
  let bestInliers = 0;
  for (let trial = 0; trial < trials; trial++) {
    const first = matches[Math.floor(random() * matches.length)] as Match;
    const second = matches[Math.floor(random() * matches.length)] as Match;
    const candidate = throughTwo(first, second);
    if (candidate === null) continue;
    let inliers = 0;
    for (const match of matches) if (residual(candidate, match) < thresholdPixels) inliers++;
    if (inliers > bestInliers) [best, bestInliers] = [candidate, inliers];
  }
  if (best === null || bestInliers < 8) return null;
  const inliers = matches.filter((match) => residual(best as Similarity, match) < thresholdPixels);
  let transform = leastSquares(inliers, () => 1);
  for (let round = 0; round < 5; round++) {
    const residuals = inliers.map((match) => residual(transform, match));
    // 4.685 sigma is Tukey's usual cut; sigma from the median, floored so that perfect data keep their weight.
    const cut = 4.685 * Math.max(1e-3, 1.4826 * median(residuals));
    transform = leastSquares(inliers, (index) => {
      const ratio = (residuals[index] as number) / cut;
      return ratio >= 1 ? 0 : (1 - ratio * ratio) ** 2;
    });
  }
  return { transform, inliers: inliers.length };
}

function residual(transform: Similarity, { from, to }: Match): number {
  const dx = transform.a * from.x - transform.b * from.y + transform.tx - to.x;
  const dy = transform.b * from.x + transform.a * from.y + transform.ty - to.y;
  return Math.sqrt(dx * dx + dy * dy);
}

function throughTwo(first: Match, second: Match): Similarity | null {
  const dx = second.from.x - first.from.x;
  const dy = second.from.y - first.from.y;
  const square = dx * dx + dy * dy;
  // Two points close together turn a hundredth of a pixel into a visible rotation.
  if (square < 64 * 64) return null;
  const ex = second.to.x - first.to.x;
  const ey = second.to.y - first.to.y;
  const a = (dx * ex + dy * ey) / square;
  const b = (dx * ey - dy * ex) / square;
  return {
    a,
    b,
    tx: first.to.x - a * first.from.x + b * first.from.y,
    ty: first.to.y - b * first.from.x - a * first.from.y,
  };
}

function leastSquares(matches: readonly Match[], weightOf: (index: number) => number): Similarity {
  let [sum, fromX, fromY, toX, toY] = [0, 0, 0, 0, 0];
  for (let i = 0; i < matches.length; i++) {
    const { from, to } = matches[i] as Match;
    const weight = weightOf(i);
    sum += weight;
    fromX += weight * from.x;
    fromY += weight * from.y;
    toX += weight * to.x;
    toY += weight * to.y;
  }
  [fromX, fromY, toX, toY] = [fromX / sum, fromY / sum, toX / sum, toY / sum];
  let [square, along, across] = [0, 0, 0];
  for (let i = 0; i < matches.length; i++) {
    const { from, to } = matches[i] as Match;
    const weight = weightOf(i);
    const [dx, dy] = [from.x - fromX, from.y - fromY];
    const [ex, ey] = [to.x - toX, to.y - toY];
    square += weight * (dx * dx + dy * dy);
    along += weight * (dx * ex + dy * ey);
    across += weight * (dx * ey - dy * ex);
  }
  const [a, b] = [along / square, across / square];
  return { a, b, tx: toX - a * fromX + b * fromY, ty: toY - b * fromX - a * fromY };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1] ?? 0;
}

/** A small seeded generator (Tommy Ettinger's mulberry32, public domain); returns 0 <= x < 1. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
