/** From what was chosen to the production that is posted. Pure. */
import type { DraftScene } from "./scan-files.ts";

export const ASPECTS = ["16:9", "9:16", "1:1", "4:5"] as const;
export const RESOLUTIONS = ["720p", "1080p", "1440p"] as const;
export const QUALITIES = ["draft", "standard", "high"] as const;
export const MOTIONS = ["auto", "zoomIn", "zoomOut", "panLeft", "panRight", "none"] as const;
export const TRANSITIONS = ["none", "fade", "dissolve", "slide", "wipe", "push"] as const;
export const CAPTION_STYLES = ["boxed", "outline", "karaoke", "word", "bold", "minimal", "none"] as const;
export const POSITIONS = ["bottom", "middle", "top"] as const;
export const CORNERS = ["topLeft", "topRight", "bottomLeft", "bottomRight"] as const;

export interface Options {
  readonly title: string;
  readonly aspect: (typeof ASPECTS)[number];
  readonly resolution: (typeof RESOLUTIONS)[number];
  readonly quality: (typeof QUALITIES)[number];
  readonly motion: (typeof MOTIONS)[number];
  readonly amount: number;
  readonly transition: (typeof TRANSITIONS)[number];
  readonly captions: (typeof CAPTION_STYLES)[number];
  readonly position: (typeof POSITIONS)[number];
  readonly pictureSeconds: number;
  readonly musicVolume: number;
  readonly duck: boolean;
  readonly corner: (typeof CORNERS)[number];
  readonly pool: string;
}

export const DEFAULT_OPTIONS: Options = {
  title: "",
  aspect: "16:9",
  resolution: "1080p",
  quality: "standard",
  motion: "auto",
  amount: 0.12,
  transition: "fade",
  captions: "boxed",
  position: "bottom",
  pictureSeconds: 4,
  musicVolume: 0.15,
  duck: true,
  corner: "topLeft",
  pool: "auto",
};

export interface Draft {
  readonly scenes: readonly DraftScene[];
  readonly soundtrack: string | null;
  readonly watermark: string | null;
}

/**
 * @param source a file's path -> `asset:…` with the file's extension, since the digest says nothing of its kind; null
 *   while it is on its way
 */
export function writeDocument(
  draft: Draft,
  options: Options,
  source: (path: string) => string | null,
): Record<string, unknown> | null {
  let isWhole = true;
  const asset = (path: string): string => {
    const uri = source(path);
    if (uri === null) isWhole = false;
    return uri ?? "";
  };
  const title = options.title.trim();
  const document = {
    version: 1,
    ...(title === "" ? {} : { title }),
    output: { aspect: options.aspect, resolution: options.resolution, quality: options.quality },
    defaults: {
      motion: options.motion === "none" ? "none" : { effect: options.motion, amount: options.amount },
      captions: { style: options.captions, position: options.position },
      transition: options.transition,
    },
    scenes: draft.scenes.map((scene) => ({
      id: scene.id,
      image: asset(scene.image),
      ...(scene.audio === null ? { duration: options.pictureSeconds } : { audio: asset(scene.audio) }),
      ...(scene.subtitles === null ? {} : { subtitles: asset(scene.subtitles) }),
      ...(scene.language === null ? {} : { language: scene.language }),
    })),
    ...(draft.soundtrack === null
      ? {}
      : {
          soundtrack: { src: asset(draft.soundtrack), volume: options.musicVolume, duck: options.duck },
        }),
    ...(draft.watermark === null
      ? {}
      : { watermark: { src: asset(draft.watermark), position: options.corner } }),
    ...(options.pool === "auto" ? {} : { run: { where: options.pool } }),
  };
  return isWhole ? document : null;
}

export function extensionOf(path: string): string {
  return /\.[A-Za-z0-9]{1,5}$/.exec(path)?.[0].toLowerCase() ?? "";
}

const SOURCE_KEYS = new Set([
  "image",
  "video",
  "audio",
  "subtitles",
  "soundtrack",
  "watermark",
  "src",
  "font",
]);

/** Every path that a production file names, in the order it names them. */
export function sourcesOf(document: unknown): string[] {
  const found: string[] = [];
  mapSources(document, (path) => {
    found.push(path);
    return path;
  });
  return [...new Set(found)];
}

/** The production file with other sources; addresses and assets stay as they are. */
export function mapSources(document: unknown, change: (path: string) => string, key = ""): unknown {
  if (typeof document === "string") {
    const isPath = SOURCE_KEYS.has(key) && !/^(?:[a-z][a-z0-9+.-]*:)/i.test(document);
    return isPath ? change(document) : document;
  }
  if (Array.isArray(document)) return document.map((each) => mapSources(each, change, key));
  if (typeof document !== "object" || document === null) return document;
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [
      name,
      name === "metadata" ? value : mapSources(value, change, name),
    ]),
  );
}

/** `./a/../b.png` -> `b.png`. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
