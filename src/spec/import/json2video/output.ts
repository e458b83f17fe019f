import type { DocumentNode } from "../document-node.ts";
import type { FilmParts } from "../film.ts";
import type { ImportReport } from "../import-report.ts";

const SIZES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["sd", [640, 360]],
  ["hd", [1280, 720]],
  ["full-hd", [1920, 1080]],
  ["squared", [1080, 1080]],
  ["instagram-story", [1080, 1920]],
  ["instagram-feed", [1080, 1080]],
  ["twitter-landscape", [1280, 720]],
  ["twitter-portrait", [1080, 1350]],
]);

const QUALITIES: ReadonlyMap<string, "draft" | "standard" | "high"> = new Map([
  ["low", "draft"],
  ["medium", "standard"],
  ["high", "high"],
  ["very_high", "high"],
]);

/** Frames a second when nobody states them. */
const FPS = 25;

export function readOutput(movie: DocumentNode, film: FilmParts, report: ImportReport): void {
  const resolution = movie.get("resolution");
  const name = resolution.text();
  const named = name === null || name === "custom" ? undefined : SIZES.get(name);
  if (name !== null && name !== "custom" && named === undefined)
    report.drop(resolution, `This is none of ${[...SIZES.keys()].join(", ")}, custom.`);
  if (name?.startsWith("twitter-") === true && named !== undefined)
    report.say(
      resolution.path,
      `Taken to be ${named.join("x")}.`,
      "If it should be another, state width and height.",
    );
  // A named resolution wins over width and height.
  const [width, height] = named ?? [movie.get("width").number() ?? 640, movie.get("height").number() ?? 360];
  if (named !== undefined) movie.ignore("width", "height");
  film.output = { width, height, fps: movie.get("fps").number() ?? FPS };
  const size = named === undefined ? null : resolution;
  film.origins.set("output.width", size ?? movie.get("width"));
  film.origins.set("output.height", size ?? movie.get("height"));
  film.origins.set("output.fps", movie.get("fps"));
  const quality = movie.get("quality");
  const known = QUALITIES.get(quality.text() ?? "");
  if (known !== undefined) film.output.quality = known;
  else report.drop(quality, `This is none of ${[...QUALITIES.keys()].join(", ")}.`);
}
