/** A point of the picture, 0..1 from its top left corner. */
export interface FocusPoint {
  readonly x: number;
  readonly y: number;
}

/** Nearer to the edge than this, a zoom would look into a corner. */
const MARGIN = 0.2;
/** Detail weighs most; colour finds the subject where a picture is soft. Relative to 8-bit differences. */
const SATURATION_WEIGHT = 0.35;
/** Every picture has some pull to its middle, so that an empty one is looked at there. */
const CENTRE_BIAS = 1;

/**
 * Where the eye goes in a picture: the centre-weighted centroid of what stands out from its surroundings, in detail
 * and in colour. Pure and deterministic.
 *
 * @param rgb interleaved 8-bit RGB of a thumbnail, about 96 pixels wide; cost grows with its pixels
 */
export function findFocus(rgb: Uint8Array, width: number, height: number): FocusPoint {
  const saliency = saliencyMap(rgb, width, height);
  const blurred = boxBlur(saliency, width, height, Math.max(1, Math.round(width / 16)));
  const peak = blurred.reduce((most, value) => Math.max(most, value), 0);
  let sum = 0;
  let x = 0;
  let y = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = (blurred[row * width + column] as number) / (peak + CENTRE_BIAS);
      // The fourth power lets the strongest region win over a textured background of equal total weight.
      const weight = value ** 4 * centreWeight((column + 0.5) / width, (row + 0.5) / height);
      sum += weight;
      x += weight * (column + 0.5);
      y += weight * (row + 0.5);
    }
  }
  if (sum < 1e-9) return { x: 0.5, y: 0.5 };
  return { x: contain(x / sum / width), y: contain(y / sum / height) };
}

/** Edge energy plus saturation, each less the picture's mean: what is everywhere draws nobody's eye. */
function saliencyMap(rgb: Uint8Array, width: number, height: number): Float64Array {
  const luma = new Float64Array(width * height);
  const saturation = new Float64Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    const red = rgb[i * 3] as number;
    const green = rgb[i * 3 + 1] as number;
    const blue = rgb[i * 3 + 2] as number;
    luma[i] = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    saturation[i] = Math.max(red, green, blue) - Math.min(red, green, blue);
  }
  const at = (column: number, row: number) =>
    luma[Math.min(Math.max(row, 0), height - 1) * width + Math.min(Math.max(column, 0), width - 1)] as number;
  const edges = luma.map((_, i) => {
    const column = i % width;
    const row = (i - column) / width;
    const across = at(column + 1, row) - at(column - 1, row);
    const down = at(column, row + 1) - at(column, row - 1);
    return Math.abs(across) + Math.abs(down);
  });
  const edgeMean = mean(edges);
  const saturationMean = mean(saturation);
  return edges.map((edge, i) => {
    const colour = Math.max(0, (saturation[i] as number) - saturationMean);
    return Math.max(0, edge - edgeMean) + SATURATION_WEIGHT * colour;
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 1 in the middle, falling to 0.35 in the corners; slightly above the middle, where portraits have their faces. */
function centreWeight(x: number, y: number): number {
  const distance = (x - 0.5) ** 2 + (y - 0.45) ** 2;
  return Math.max(0.35, 1 - 1.6 * distance);
}

/** Mean over a square of 2 * radius + 1, edges replicated, as two passes over running sums. */
function boxBlur(values: Float64Array, width: number, height: number, radius: number): Float64Array {
  const once = blurLines(values, width, height, 1, width, radius);
  return blurLines(once, height, width, width, 1, radius);
}

function blurLines(
  values: Float64Array,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
  radius: number,
): Float64Array {
  const result = new Float64Array(values.length);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    const at = (i: number) => values[start + Math.min(Math.max(i, 0), length - 1) * step] as number;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      result[start + i * step] = sum / (2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return result;
}

function contain(value: number): number {
  return Math.min(Math.max(value, MARGIN), 1 - MARGIN);
}
