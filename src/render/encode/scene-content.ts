/** What an encoder should know of a scene before it sees a frame. Pure. */
import type { ViewportPath } from "../motion/path.ts";

/**
 * - `hard…`: text, screenshots, detailed drawings; what is thrown away beside a hard edge is not seen
 * - `soft…`: photographs and gradients
 * - `…Zoom`, `…Pan`: whether parts of the frame move differently or all alike, when trembling is seen most
 * - `video`: frames that were filmed, with motion and grain of their own
 */
export type SceneContent = "hardZoom" | "hardPan" | "softZoom" | "softPan" | "video";

/** Between the photographs' and the drawings' shares, see `edges.ts`. */
const HARD_SHARE = 0.034;
/** A path that changes its scale by less is a pan to the eye and to the encoder; one that stands still is, too. */
const ZOOM = 1.01;

/** @param hardEdges `hardEdgeShare` of the picture */
export function contentOfStill(hardEdges: number, { from, to }: ViewportPath): SceneContent {
  const zooms = Math.max(from.scale / to.scale, to.scale / from.scale) >= ZOOM;
  if (hardEdges >= HARD_SHARE) return zooms ? "hardZoom" : "hardPan";
  return zooms ? "softZoom" : "softPan";
}
