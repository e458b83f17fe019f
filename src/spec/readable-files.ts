import { join, resolve } from "node:path";
import type { z } from "zod";
import type { FileNoun, FileReference } from "./check-files.ts";
import type { FolderScan } from "./folder-scan.ts";
import type { Issue } from "./issue.ts";
import { MAX_SCENES } from "./schema.ts";
import { fontPath, mediaPath, subtitlePath, videoPath } from "./schema-fields.ts";
import type { ParseContext } from "./source-path.ts";
import { createPathResolver } from "./source-path.ts";

/**
 * The files that a document names although the schema refuses it, so that what is wrong with them is told
 * together with the rest. A path that is itself refused is left out, as is one outside a confining folder.
 */
export function readableFiles(input: unknown, context: ParseContext): FileReference[] {
  const references: FileReference[] = [];
  const add = (path: string, what: FileNoun, source: unknown, schema: z.ZodType<string>) => {
    const parsed = schema.safeParse(source);
    if (!parsed.success) return;
    const refused: Issue[] = [];
    const absolutePath = createPathResolver(context, refused)(parsed.data, path);
    if (refused.length === 0) references.push({ path, what, absolutePath });
  };
  const scenes = property(input, "scenes");
  for (const [index, scene] of (Array.isArray(scenes) ? scenes.slice(0, MAX_SCENES) : []).entries()) {
    const at = `scenes[${index}]`;
    add(`${at}.image.src`, "picture", sourceOf(property(scene, "image")), mediaPath);
    add(`${at}.video.src`, "video", sourceOf(property(scene, "video")), videoPath);
    add(`${at}.audio.src`, "narration", sourceOf(property(scene, "audio")), mediaPath);
    add(`${at}.card.font`, "font", property(property(scene, "card"), "font"), fontPath);
    const subtitles = property(scene, "subtitles");
    for (const [place, track] of (Array.isArray(subtitles) ? subtitles : [subtitles]).entries()) {
      const source = `${at}.subtitles${Array.isArray(subtitles) && subtitles.length > 1 ? `[${place}]` : ""}`;
      add(`${source}.src`, "caption file", sourceOf(track), subtitlePath);
    }
    add(`${at}.captions.font`, "font", property(property(scene, "captions"), "font"), fontPath);
  }
  const defaultFont = property(property(property(input, "defaults"), "captions"), "font");
  add("defaults.captions.font", "font", defaultFont, fontPath);
  add("soundtrack.src", "soundtrack", sourceOf(property(input, "soundtrack")), mediaPath);
  add("watermark.src", "watermark", sourceOf(property(input, "watermark")), mediaPath);
  return references;
}

/** The files of a folder's complete scenes, named by their paths in it as the scan's own findings are. */
export function scannedFiles(scan: FolderScan): FileReference[] {
  const reference = (path: string | null, what: FileNoun): FileReference[] =>
    path === null ? [] : [{ path, what, absolutePath: join(resolve(scan.directory), path) }];
  return [
    ...scan.scenes.flatMap(({ image, audio, subtitles }) => [
      ...reference(image, "picture"),
      ...reference(audio, "narration"),
      ...reference(subtitles, "caption file"),
    ]),
    ...reference(scan.soundtrack, "soundtrack"),
    ...reference(scan.watermark, "watermark"),
  ];
}

/** Picture, sound and captions stand as a path or as an object with `src`. */
function sourceOf(value: unknown): unknown {
  return typeof value === "string" ? value : property(value, "src");
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
