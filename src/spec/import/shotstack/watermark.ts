import type { FilmParts } from "../film.ts";
import type { ImportReport } from "../import-report.ts";
import { TOUCHING_SECONDS } from "../timed-clips.ts";
import type { Clip } from "./clips.ts";

const CORNERS = ["topLeft", "topRight", "bottomLeft", "bottomRight"] as const;
/** Larger pictures are no mark in a corner. */
const MAX_SCALE = 0.4;

/** A small picture over the whole film, other than the lowest track's. */
export function findWatermark(
  tracks: readonly Clip[][],
  total: number | null,
  film: FilmParts,
  report: ImportReport,
): Clip | null {
  const clip = tracks
    .slice(0, -1)
    .flat()
    .find((candidate) => isMark(candidate, total));
  if (clip === undefined) return null;
  const { node, asset } = clip;
  const src = report.source(asset.get("src"));
  if (src === null) return null;
  const position = CORNERS.find((corner) => corner === node.get("position").value) ?? "topRight";
  if (node.get("position").value !== position)
    report.drop(node.get("position"), "A watermark stands in a corner; it is put into the upper right one.");
  node.get("position").use();
  node.get("fit").use();
  const { width = 16, height = 9 } = film.output;
  // Theirs is measured by the frame's width, ours by its short side; a mark is about as wide as it may be.
  const size = Math.min(1, ((node.get("scale").number() ?? 0.1) * width) / Math.min(width, height));
  const opacity = node.get("opacity").number();
  film.watermark = {
    node,
    input: { src, position, size, ...(opacity === null ? { opacity: 1 } : { opacity }) },
  };
  film.origins.set("watermark.src", asset.get("src"));
  return clip;
}

function isMark({ type, node, start, end }: Clip, total: number | null): boolean {
  const scale = node.get("scale").value;
  const covers =
    (start ?? 0) <= TOUCHING_SECONDS && (end === null || total === null || end >= total - TOUCHING_SECONDS);
  return type === "image" && typeof scale === "number" && scale > 0 && scale <= MAX_SCALE && covers;
}
