import type { FilmParts } from "../film.ts";
import type { ImportReport } from "../import-report.ts";
import type { Layer } from "./layers.ts";

const CORNERS: ReadonlyMap<unknown, "topLeft" | "topRight" | "bottomLeft" | "bottomRight"> = new Map([
  ["top-left", "topLeft"],
  ["top-right", "topRight"],
  ["bottom-left", "bottomLeft"],
  ["bottom-right", "bottomRight"],
] as const);

/** The same picture in the same corner of every clip is a watermark; all else over pictures is not drawn. */
export function readOverlays(
  clips: readonly { readonly layers: readonly Layer[] }[],
  film: FilmParts,
  report: ImportReport,
): void {
  const overlays = clips.map(({ layers }) => layers.filter(({ type }) => type === "image-overlay"));
  const [first] = overlays[0] ?? [];
  const position = CORNERS.get(first?.get("position").value);
  const isMark =
    first !== undefined &&
    position !== undefined &&
    overlays.every(([only, ...more]) => only !== undefined && more.length === 0 && isSame(only, first));
  if (isMark) {
    const src = report.source(first.get("path"));
    const { width = 16, height = 9 } = film.output;
    const size = Math.min(1, ((first.get("width").number() ?? 0.1) * width) / Math.min(width, height));
    if (src !== null) film.watermark = { node: first.node, input: { src, position, size, opacity: 1 } };
    film.origins.set("watermark.src", first.get("path"));
    for (const [layer] of overlays) layer?.node.use();
    return;
  }
  for (const layer of overlays.flat())
    report.drop(
      layer.node,
      "A picture over the scene is not drawn.",
      "One in the same corner of every clip becomes a watermark.",
    );
}

function isSame(a: Layer, b: Layer): boolean {
  return ["path", "position", "width", "height"].every((key) => a.get(key).value === b.get(key).value);
}
