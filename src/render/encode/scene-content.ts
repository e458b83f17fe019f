/** What an encoder should know of a scene before it sees a frame. Pure. */
import type { ViewportPath } from "../motion/path.ts";

/**
 * - `hardEdges`: text, screenshots, detailed drawings, moving or not
 * - `softZoom`, `softPan`: photographs and gradients; where the whole frame moves alike, trembling is seen most
 * - `video`: frames that were filmed, with motion and grain of their own
 */
export type SceneContent = "hardEdges" | "softZoom" | "softPan" | "video";

/** Between the photographs' and the drawings' shares, see `edges.ts`. */
const HARD_SHARE = 0.034;
/** A path that changes its scale by less is a pan to the eye and to the encoder. */
const ZOOM = 1.01;

/** @param hardEdges `hardEdgeShare` of the picture */
export function contentOfStill(hardEdges: number, { from, to }: ViewportPath): SceneContent {
  if (hardEdges >= HARD_SHARE) return "hardEdges";
  return Math.max(from.scale / to.scale, to.scale / from.scale) >= ZOOM ? "softZoom" : "softPan";
}
