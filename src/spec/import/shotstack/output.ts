import type { DocumentNode } from "../document-node.ts";
import type { FilmParts } from "../film.ts";
import type { ImportReport } from "../import-report.ts";
import { evenPixels } from "../values.ts";

/** Name -> short side in pixels and frames a second. */
const RESOLUTIONS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["preview", [288, 15]],
  ["mobile", [360, 25]],
  ["sd", [576, 25]],
  ["hd", [720, 25]],
  ["1080", [1080, 25]],
  ["4k", [2160, 25]],
]);

const ASPECTS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["16:9", [16, 9]],
  ["9:16", [9, 16]],
  ["1:1", [1, 1]],
  ["4:5", [4, 5]],
  ["4:3", [4, 3]],
]);

const QUALITIES: ReadonlyMap<string, "draft" | "standard" | "high"> = new Map([
  ["verylow", "draft"],
  ["low", "draft"],
  ["medium", "standard"],
  ["high", "high"],
  ["veryhigh", "high"],
]);

export function readOutput(output: DocumentNode, film: FilmParts, report: ImportReport): void {
  const format = output.get("format").text();
  if (format !== null && format !== "mp4")
    report.drop(output.get("format"), `Films are written as mp4, not as ${JSON.stringify(format)}.`);
  const resolution = named(output, "resolution", RESOLUTIONS, report);
  const scaled = named(output, "scaleTo", RESOLUTIONS, report);
  const [short, fps] = scaled ?? resolution ?? [720, 25];
  const [across, down] = named(output, "aspectRatio", ASPECTS, report) ?? [16, 9];
  const size = output.get("size");
  const [width, height] = [size.get("width").number(), size.get("height").number()];
  const unit = short / Math.min(across, down);
  film.output = {
    width: width ?? evenPixels(across * unit),
    height: height ?? evenPixels(down * unit),
    fps: output.get("fps").number() ?? resolution?.[1] ?? fps,
  };
  film.origins.set("output", output);
  for (const key of ["width", "height"]) if (size.isStated) film.origins.set(`output.${key}`, size.get(key));
  if (output.get("fps").isStated) film.origins.set("output.fps", output.get("fps"));
  const quality = named(output, "quality", QUALITIES, report);
  if (quality !== null) film.output.quality = quality;
  output.ignoreIf("mute", false);
  output.ignoreIf("repeat", true, false);
}

/** Null when it is not stated, or none of them, which is then said. */
function named<Value>(
  owner: DocumentNode,
  key: string,
  known: ReadonlyMap<string, Value>,
  report: ImportReport,
): Value | null {
  const node = owner.get(key);
  if (!node.isStated) return null;
  const value = known.get(String(node.value)) ?? null;
  if (value === null) report.drop(node, `This is none of ${[...known.keys()].join(", ")}.`);
  else node.use();
  return value;
}
