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

/** A card holds a title and some lines; more does not fit and is refused by the parser, at the text's own place. */
export function cardScene(
  node: DocumentNode,
  text: { readonly node: DocumentNode; readonly value: string },
  background: string | null,
  seconds: number | null,
): SceneDraft | null {
  const [title, ...lines] = text.value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (title === undefined) return null;
  const card: ImportedCard = {
    title,
    ...(lines.length === 0 ? {} : { text: lines }),
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
