/** Corners tracked between two frames by pyramidal Lucas-Kanade (OpenCV built to WASM). */
import { createRequire } from "node:module";
import type { LumaFrame } from "./luma-frame.ts";
import type { Match } from "./similarity.ts";

/** The part of OpenCV used here; the package's own types miss half of it. */
interface Mat {
  readonly rows: number;
  readonly data: Uint8Array;
  readonly data32F: Float32Array;
  delete(): void;
}
interface OpenCv {
  Mat: new (rows?: number, columns?: number, type?: number) => Mat;
  Size: new (width: number, height: number) => object;
  TermCriteria: new (type: number, count: number, epsilon: number) => object;
  readonly CV_8UC1: number;
  readonly CV_32FC2: number;
  goodFeaturesToTrack(
    image: Mat,
    corners: Mat,
    count: number,
    quality: number,
    distance: number,
    mask: Mat,
    block: number,
  ): void;
  calcOpticalFlowPyrLK(
    previous: Mat,
    next: Mat,
    from: Mat,
    to: Mat,
    status: Mat,
    error: Mat,
    window: object,
    levels: number,
    end: object,
  ): void;
  onRuntimeInitialized?: () => void;
}

const WINDOW_PIXELS = 21;
const MAX_ITERATIONS = 60;
const EPSILON_PIXELS = 0.0005;
const PYRAMID_LEVELS = 3;
const CORNERS = 800;

/**
 * Corners are looked for anew in every frame. Lucas-Kanade's error depends on the fraction of a pixel at
 * which a track begins; detected corners all begin on whole pixels, so the error is the same from frame to
 * frame and drops out of the second difference. Following them over six frames instead read a perfect zoom
 * at 0.004 to 0.034 px/frame², this way at 0.001 to 0.003. Larger windows, smaller epsilons and other
 * pyramid depths change less than a tenth of that; blurring the frames first makes it worse (rounding).
 */
export class CornerTracker {
  readonly #cv: OpenCv;
  readonly #corners: number;
  #previous: Mat | null = null;

  private constructor(cv: OpenCv, corners: number) {
    this.#cv = cv;
    this.#corners = corners;
  }

  static async create(corners = CORNERS): Promise<CornerTracker> {
    // `require`, not `import`: the module object has a `then` that resolves to itself, so whoever awaits it
    // (a test runner's import does) waits for ever.
    const cv = createRequire(import.meta.url)("@techstark/opencv-js") as OpenCv;
    if (cv.Mat === undefined)
      await new Promise<void>((resolve) => (cv.onRuntimeInitialized = () => resolve()));
    return new CornerTracker(cv, corners);
  }

  /** Matches from the frame before to this one; empty for the first frame. */
  next(frame: LumaFrame): Match[] {
    const cv = this.#cv;
    const image = new cv.Mat(frame.height, frame.width, cv.CV_8UC1);
    image.data.set(frame.data);
    const previous = this.#previous;
    this.#previous = image;
    if (previous === null) return [];
    const matches = this.#track(previous, image, this.#detect(previous), frame);
    previous.delete();
    return matches;
  }

  close(): void {
    this.#previous?.delete();
    this.#previous = null;
  }

  #detect(image: Mat): Float32Array<ArrayBuffer> {
    const cv = this.#cv;
    const [found, noMask] = [new cv.Mat(), new cv.Mat()];
    // Spread by a minimum distance: a fit to one busy corner of the picture says little about the others.
    cv.goodFeaturesToTrack(image, found, this.#corners, 0.0005, 12, noMask, 7);
    const points = Float32Array.from(found.data32F.subarray(0, found.rows * 2));
    found.delete();
    noMask.delete();
    return points;
  }

  #track(previous: Mat, image: Mat, points: Float32Array, { width, height }: LumaFrame): Match[] {
    const count = points.length / 2;
    if (count === 0) return [];
    const cv = this.#cv;
    const from = new cv.Mat(count, 1, cv.CV_32FC2);
    from.data32F.set(points);
    const [to, status, error] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
    const window = new cv.Size(WINDOW_PIXELS, WINDOW_PIXELS);
    const end = new cv.TermCriteria(3, MAX_ITERATIONS, EPSILON_PIXELS);
    cv.calcOpticalFlowPyrLK(previous, image, from, to, status, error, window, PYRAMID_LEVELS, end);
    const margin = WINDOW_PIXELS / 2;
    const matches: Match[] = [];
    for (let i = 0; i < count; i++) {
      const [x, y] = [to.data32F[2 * i] as number, to.data32F[2 * i + 1] as number];
      // A window that reaches over the edge sees invented pixels.
      const inside = x > margin && y > margin && x < width - margin && y < height - margin;
      if (status.data[i] !== 1 || !inside) continue;
      matches.push({ from: { x: points[2 * i] as number, y: points[2 * i + 1] as number }, to: { x, y } });
    }
    for (const mat of [from, to, status, error]) mat.delete();
    return matches;
  }
}
