import { relative, sep } from "node:path";
import type { Node, Pair } from "yaml";
import { Document, isMap, isScalar, isSeq } from "yaml";
import {
  CAPTION_DEFAULTS,
  MOTION_DEFAULTS,
  PAD_DEFAULTS,
  SOUNDTRACK_DEFAULTS,
  TRANSITION_DEFAULTS,
  WATERMARK_DEFAULTS,
} from "./defaults.ts";
import type { FolderScan } from "./folder-scan.ts";
import { scanToInput } from "./folder-scan.ts";
import { formatFrameRate } from "./frame-rate.ts";
import type { ImportedInput } from "./import/importer.ts";
import type { Issue } from "./issue.ts";
import type { CaptionSettings, CardSettings, Production, Scene } from "./production.ts";
import type { ProductionInput } from "./schema.ts";
import { REMOTE_SOURCE } from "./schema-fields.ts";
import type { SceneInput } from "./schema-scene.ts";
import { isInside, isUrl } from "./source-path.ts";

/** The fullest file that parses to this production: every setting stated, paths inside its folder relative. */
export function productionToInput(production: Production): ProductionInput {
  const { baseDirectory, output, soundtrack, watermark } = production;
  const source = (path: string) => portablePath(baseDirectory, path);
  return {
    version: 1,
    title: production.title,
    output: { ...output, fps: formatFrameRate(output.fps) },
    scenes: production.scenes.map((scene) => sceneToInput(scene, source)),
    soundtrack: soundtrack === null ? null : { ...soundtrack, src: source(soundtrack.src) },
    watermark: watermark === null ? null : { ...watermark, src: source(watermark.src) },
    onSceneFailure: production.onSceneFailure,
    run: { ...production.run },
    webhook: production.webhook,
    metadata: { ...production.metadata },
  };
}

function sceneToInput(scene: Scene, source: (path: string) => string): SceneInput {
  const { image, video, card, audio, subtitles, motion, captions, ...rest } = scene;
  const { kind, easing, ...motionInput } = motion;
  const look = (settings: CaptionSettings) => ({
    ...settings,
    font: settings.font === null ? null : source(settings.font),
  });
  return {
    ...rest,
    ...(image === null ? {} : { image: { ...image, src: source(image.src) } }),
    ...(video === null ? {} : { video: { ...video, src: source(video.src) } }),
    ...(card === null ? {} : { card: cardToInput(card, source) }),
    audio: audio === null ? null : { ...audio, src: source(audio.src) },
    subtitles:
      subtitles.length === 0
        ? null
        : subtitles.map((track) => ({
            ...track,
            src: source(track.src),
            captions: look(track.captions),
          })),
    motion: { ...motionInput, easing: typeof easing === "string" ? easing : [...easing] },
    captions: look(captions),
  };
}

function cardToInput(card: CardSettings, source: (path: string) => string): SceneInput["card"] {
  return {
    ...card,
    text: card.text.length === 0 ? null : [...card.text],
    font: card.font === null ? null : source(card.font),
  };
}

function portablePath(baseDirectory: string, path: string): string {
  if (isUrl(path) || !isInside(baseDirectory, path)) return path;
  const way = relative(baseDirectory, path).split(sep).join("/");
  return way === "" || REMOTE_SOURCE.test(way) || way.trim() === "" ? `./${way}` : way;
}

/**
 * A scanned folder as a production file to edit: every scene listed, the usual settings shown as comments.
 * Saved in the folder as `production.yaml`, it parses to the same production as the folder itself.
 */
export function exampleProduction(scan: FolderScan): string {
  const document = new Document(scanToInput(scan));
  comment(
    document,
    [],
    `${scan.title === null ? "A production" : oneLine(scan.title)}: ${countScenes(scan)}. Paths are relative to this file.`,
  );
  comment(document, ["scenes"], SCENES_COMMENT);
  comment(document, ["soundtrack"], SOUNDTRACK_COMMENT);
  comment(document, ["watermark"], WATERMARK_COMMENT);
  const scenes = document.get("scenes");
  if (isSeq(scenes)) for (const item of scenes.items.slice(1)) (item as Node).spaceBefore = true;
  return document.toString({ lineWidth: 0 });
}

/** More is not read in a comment; the command has listed all of it. */
const MAX_LOSSES = 30;

/** An imported production as a file: what could not be carried over stands above it. */
export function importedProduction(
  input: ImportedInput,
  issues: readonly Pick<Issue, "code" | "path" | "message">[],
  source: string,
): string {
  const document = new Document(input);
  const losses = issues.filter(({ code }) => code === "IMPORT_UNMAPPED");
  const listed = losses.slice(0, MAX_LOSSES).map(({ path, message }) => oneLine(`  ${path}: ${message}`));
  const rest = losses.length - listed.length;
  const head = [oneLine(`Converted from ${source}. Paths are relative to this file.`)];
  if (losses.length > 0) head.push("Not carried over:", ...listed);
  if (rest > 0) head.push(`  and ${rest} more`);
  comment(document, [], head.join("\n"));
  return document.toString({ lineWidth: 0 });
}

const SCENES_COMMENT = `Uncomment what you want to change; these are the defaults.
output:
  aspect: "16:9"      # or 9:16, 1:1, 4:5
  resolution: 1080p   # or 720p, 1440p, 4k
  fps: 30
  quality: standard   # or draft, high
  deliver: film       # or scenes, both

For every scene, under defaults; for one scene, beside its image:
  motion: { effect: ${MOTION_DEFAULTS.effect}, amount: ${MOTION_DEFAULTS.amount} }   # or zoomIn, zoomOut, panLeft, panRight, panUp, panDown, none
  captions: { style: ${CAPTION_DEFAULTS.style}, position: ${CAPTION_DEFAULTS.position} }   # or outline, karaoke, word, bold, minimal, none
  pad: { before: ${PAD_DEFAULTS.before}, after: ${PAD_DEFAULTS.after} }   # seconds around the narration
  transition: { type: ${TRANSITION_DEFAULTS.type}, duration: ${TRANSITION_DEFAULTS.duration} }   # or dissolve, slide, wipe, push, none`;

const SOUNDTRACK_COMMENT = `Music under the narration. With settings of its own:
soundtrack: { src: music.mp3, volume: ${SOUNDTRACK_DEFAULTS.volume}, duck: ${SOUNDTRACK_DEFAULTS.duck} }`;

const WATERMARK_COMMENT = `A picture over every frame. With settings of its own:
watermark: { src: logo.png, position: ${WATERMARK_DEFAULTS.position}, opacity: ${WATERMARK_DEFAULTS.opacity} }`;

/** Above the document (empty path) or above a top-level key. */
function comment(document: Document, path: readonly string[], text: string): void {
  const lines = text
    .split("\n")
    .map((line) => (line === "" ? "" : ` ${line}`))
    .join("\n");
  const [name] = path;
  if (name === undefined) {
    document.commentBefore = lines;
    return;
  }
  if (!isMap(document.contents)) return;
  const pair = (document.contents.items as Pair[]).find(({ key }) => isScalar(key) && key.value === name);
  if (pair !== undefined && isScalar(pair.key)) {
    pair.key.commentBefore = lines;
    pair.key.spaceBefore = true;
  }
}

function countScenes(scan: FolderScan): string {
  return scan.scenes.length === 1 ? "1 scene" : `${scan.scenes.length} scenes`;
}

/** A folder's name may hold line breaks; a comment's second line would be YAML. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
