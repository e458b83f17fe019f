import type { DocumentNode } from "../document-node.ts";
import type { FilmParts } from "../film.ts";
import type { ImportReport } from "../import-report.ts";
import type { SceneDraft } from "../scene-draft.ts";
import { readColor } from "../values.ts";
import { dropUnknown, isSwitchedOff } from "./scenes.ts";

const CORNERS: ReadonlyMap<unknown, "topLeft" | "topRight" | "bottomLeft" | "bottomRight"> = new Map([
  ["top-left", "topLeft"],
  ["top-right", "topRight"],
  ["bottom-left", "bottomLeft"],
  ["bottom-right", "bottomRight"],
] as const);

const STYLES: ReadonlyMap<string, "outline" | "boxed" | "karaoke" | "word"> = new Map([
  ["classic", "outline"],
  ["classic-one-word", "word"],
  ["boxed-line", "boxed"],
  ["boxed-word", "karaoke"],
] as const);

/** What lies over the whole movie: music, a mark in a corner, captions. */
export function readMovieElements(
  movie: DocumentNode,
  drafts: readonly SceneDraft[],
  film: FilmParts,
  report: ImportReport,
): void {
  for (const element of movie.get("elements").items()) {
    element.ignore("id", "comment", "cache", "variables");
    const type = element.get("type").text() ?? "";
    if (isSwitchedOff(element)) continue;
    if (type === "audio") readMusic(element, film, report);
    else if (type === "image") readMark(element, film, report);
    else if (type === "subtitles") readSubtitles(element, drafts, film, report);
    else if (type === "voice")
      report.drop(element, "Texts are not spoken here.", "Record it and use it as an audio element.");
    else if (type === "text" || type === "video")
      report.drop(element, "Nothing but a watermark lies over all scenes.");
    else dropUnknown(element, type, report);
  }
}

function readMusic(element: DocumentNode, film: FilmParts, report: ImportReport): void {
  if (element.get("muted").flag() === true) {
    element.use();
    return;
  }
  if (film.soundtrack !== null) {
    report.drop(element, "A film has one soundtrack.", "Mix the two into one file.");
    return;
  }
  if ((element.get("start").number() ?? 0) > 0)
    report.drop(element.get("start"), "Music begins with the film.");
  const src = element.get("src");
  const path = report.source(src);
  if (path === null) return;
  const seconds = element.get("duration").number();
  if (seconds !== null && seconds > 0)
    report.drop(element.get("duration"), "Music plays to its end or the film's.");
  const loops = element.get("loop").number() ?? 0;
  film.soundtrack = {
    node: src,
    path,
    volume: element.get("volume").number() ?? 1,
    loop: loops !== 0,
    fadeIn: element.get("fade-in").number() ?? 0,
    fadeOut: element.get("fade-out").number() ?? 0,
  };
}

function readMark(element: DocumentNode, film: FilmParts, report: ImportReport): void {
  const position = CORNERS.get(element.get("position").value);
  const pixels = element.get("width").number();
  if (position === undefined || film.watermark !== null) {
    report.drop(
      element,
      film.watermark === null ? "A picture over all scenes stands in a corner." : "A film has one watermark.",
      film.watermark === null ? "Give it a position such as top-right." : undefined,
    );
    return;
  }
  element.get("position").use();
  const src = report.source(element.get("src"));
  if (src === null) return;
  const { width = 1, height = 1 } = film.output;
  const size = pixels !== null && pixels > 0 ? { size: Math.min(1, pixels / Math.min(width, height)) } : {};
  for (const key of ["start", "duration"]) element.ignoreIf(key, 0, -1, -2);
  film.watermark = { node: element, input: { src, position, opacity: 1, ...size } };
  film.origins.set("watermark.src", element.get("src"));
}

function readSubtitles(
  element: DocumentNode,
  drafts: readonly SceneDraft[],
  film: FilmParts,
  report: ImportReport,
): void {
  readCaptionLook(element.get("settings"), film, report);
  film.origins.set("defaults.captions", element);
  const [only, ...more] = drafts;
  const captions = element.get("captions");
  if (!captions.isStated) {
    report.say(
      element.path,
      "Speech is not transcribed; the film has no captions of its own.",
      "Name an .srt file for each scene in the production.",
    );
  } else if (only === undefined || more.length > 0 || only.input.subtitles !== undefined) {
    report.drop(
      captions,
      "Captions belong to one scene and count from its beginning.",
      "Cut the file, one for each scene.",
    );
  } else if (/\n/.test(captions.text() ?? "")) {
    report.drop(captions, "Captions are a file.", "Save this as an .srt file and write its path.");
  } else {
    const path = report.source(captions);
    if (path === null) return;
    only.input.subtitles = path;
    only.origins.set("subtitles", captions);
  }
}

function readCaptionLook(settings: DocumentNode, film: FilmParts, report: ImportReport): void {
  const style = settings.get("style").text();
  const known = style === null ? undefined : STYLES.get(style);
  if (style !== null && known === undefined)
    report.drop(settings.get("style"), "There is no such style of captions here.");
  const position = settings.get("position").text();
  const [row] = position?.split("-") ?? [];
  const place = row === "center" || row === "mid" ? "middle" : row === "top" || row === "bottom" ? row : null;
  if (position !== null && place === null)
    report.drop(settings.get("position"), "Captions stand at the bottom, in the middle or at the top.");
  const colors = {
    color: colorOf(settings.get("line-color"), report),
    highlightColor: colorOf(settings.get("word-color"), report),
    outlineColor: colorOf(settings.get("outline-color"), report),
    boxColor: colorOf(settings.get("box-color"), report),
  };
  film.captions = {
    ...(known === undefined ? {} : { style: known }),
    ...(place === null ? {} : { position: place }),
    ...Object.fromEntries(Object.entries(colors).filter(([, color]) => color !== null)),
  };
}

function colorOf(node: DocumentNode, report: ImportReport): string | null {
  const text = node.text();
  const color = text === null ? null : readColor(text);
  if (text !== null && color === null) report.drop(node, "Colours are #rrggbb or one of the common names.");
  return color;
}
