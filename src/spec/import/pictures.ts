import type { DocumentNode } from "./document-node.ts";
import type { ImportReport } from "./import-report.ts";
import type { ImportedCard, ImportedScene } from "./importer.ts";
import { draftScene, type SceneDraft } from "./scene-draft.ts";

export interface PictureLook {
  readonly fit: "cover" | "contain";
  /** Beside a contained picture: blur or a colour. */
  readonly background?: string;
}

/** Null, and said, when the document names no file. */
export function imageScene(
  node: DocumentNode,
  src: DocumentNode,
  look: PictureLook,
  seconds: number | null,
  report: ImportReport,
): SceneDraft | null {
  const path = sourceOf(src, report);
  if (path === null) return null;
  const draft = draftScene(node, { image: { src: path, ...look } }, seconds);
  draft.origins.set("image.src", src);
  return draft;
}

export interface VideoPart {
  readonly from: number;
  readonly to: number | null;
  readonly volume: number;
  /** Seconds of the video in a second of the film. */
  readonly speed: number;
  readonly retime: boolean;
}

export function videoScene(
  node: DocumentNode,
  src: DocumentNode,
  look: PictureLook,
  part: VideoPart,
  seconds: number | null,
  report: ImportReport,
): SceneDraft | null {
  const path = sourceOf(src, report);
  if (path === null) return null;
  const video: NonNullable<ImportedScene["video"]> = {
    src: path,
    ...look,
    volume: part.volume,
    ...(part.retime ? { retime: "fit" as const } : {}),
  };
  const draft = draftScene(node, { video }, seconds);
  draft.video = { from: part.from, to: part.to, speed: part.speed };
  draft.origins.set("video.src", src);
  return draft;
}

/** What a card holds, in characters and lines; a longer text is no title and would be refused. */
const MAX_TITLE = 300;
const MAX_LINE = 600;
const MAX_LINES = 12;

/** The first line that is short enough is the title, the others stand under it; null without any. */
export function cardScene(
  node: DocumentNode,
  text: { readonly node: DocumentNode; readonly value: string },
  background: string | null,
  seconds: number | null,
  report: ImportReport,
): SceneDraft | null {
  const lines = text.value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const title = lines.find((line) => line.length <= MAX_TITLE);
  if (title === undefined) return null;
  const others = lines.filter((line) => line !== title);
  const shown = others.filter((line) => line.length <= MAX_LINE).slice(0, MAX_LINES);
  if (shown.length < others.length)
    report.say(
      text.node.path,
      `A card holds ${MAX_LINES} lines of ${MAX_LINE} characters under its title; the rest is left out.`,
    );
  const card: ImportedCard = {
    title,
    ...(shown.length === 0 ? {} : { text: shown }),
    ...(background === null ? {} : { background }),
  };
  const draft = draftScene(node, { card }, seconds);
  draft.origins.set("card", text.node);
  return draft;
}

export const TEXT_OVER_PICTURE = "Text over a picture is not drawn.";
export const TEXT_OVER_PICTURE_HINT =
  "Write it as captions (an .srt file), draw it into the picture, or give it a scene of its own.";

function sourceOf(src: DocumentNode, report: ImportReport): string | null {
  const path = report.source(src);
  if (path === null)
    report.refuse("REQUIRED", src.path, '"src" is missing or no text: nothing says which file to show.');
  return path;
}
