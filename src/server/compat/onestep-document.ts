/** A request of the Video Generation API -> a production of one scene. Pure. */
import { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";
import { safeFileName } from "./file-name.ts";
import type { PictureShape } from "./picture-shape.ts";
import type { OldRequest } from "./productions.ts";

export const MEDIA_FIELDS = ["input_image", "input_audio", "subtitle", "watermark"] as const;
export type MediaField = (typeof MEDIA_FIELDS)[number];

export const ONESTEP_SCENE = "video";

const EFFECTS = ["zoom_in", "zoom_out", "pan_left", "pan_right"] as const;
type Effect = (typeof EFFECTS)[number];

/** Pixels of a 1080p frame; what a caption's size may be multiplied with ends there. */
const MIN_FONT_SIZE = 12;
const MAX_FONT_SIZE = 190;
/** Pixels of a 1080p frame that a caption of size 1 has. */
const USUAL_FONT_SIZE = { zh: 49.7, other: 47.5 };

/** As its clients send it; null stands for left out. Files are not among it: see `media-body.ts`. */
export const onestepRequest = z.object({
  effects: z
    .array(z.enum([...EFFECTS, "random"]))
    .max(20)
    .nullish(),
  language: z.string().max(35).nullish(),
  background_box: z.boolean().nullish(),
  background_opacity: z.number().min(0).max(1).nullish(),
  font_size: z.number().min(MIN_FONT_SIZE).max(MAX_FONT_SIZE).nullish(),
  outline_color: z
    .string()
    .regex(/^(?:&H)?[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?&?$/i, "Expected &HAABBGGRR.")
    .nullish(),
  is_portrait: z.boolean().nullish(),
  output_filename: z.string().max(4096).nullish(),
});

export type OnestepRequest = z.infer<typeof onestepRequest>;

export type Scenario = "baseline" | "subtitles_only" | "effects_only" | "full_featured";

export interface OnestepFiles {
  readonly input_image: string;
  readonly input_audio: string;
  readonly subtitle: string | null;
  readonly watermark: string | null;
}

export interface OnestepPlan extends OldRequest {
  readonly scenario: Scenario;
  readonly filename: string;
}

/**
 * @param files `asset:<sha256>` by field
 * @param shape the picture's; null when nobody could tell: then it lies
 */
export function planOnestep(
  request: OnestepRequest,
  files: OnestepFiles,
  shape: PictureShape | null,
): OnestepPlan {
  const filename = safeFileName(request.output_filename ?? "output.mp4");
  const language = languageOf(request.language ?? "chinese");
  const effect = chooseEffect(request.effects ?? [], files.input_image);
  const isPortrait = request.is_portrait ?? (shape !== null && shape.height > shape.width);
  const width = isPortrait ? 1080 : 1920;
  return {
    filename,
    scenario: scenarioOf(effect !== null, files.subtitle !== null),
    rename: (path) => renamePath(path),
    document: {
      version: 1,
      title: filename.replace(/\.mp4$/, ""),
      output: {
        width,
        height: isPortrait ? 1920 : 1080,
        fps: 30,
        // A scene of its own: a film would begin and end with half a second of air.
        deliver: "scenes",
        loudness: null,
      },
      scenes: [
        {
          id: ONESTEP_SCENE,
          image: {
            src: files.input_image,
            fit: effect === null ? "contain" : "cover",
            background: "#000000",
          },
          audio: files.input_audio,
          pad: { before: 0, after: 0 },
          motion: effect === null ? "none" : MOTIONS[effect],
          language,
          ...(files.subtitle === null
            ? {}
            : { subtitles: files.subtitle, captions: captionsOf(request, language) }),
        },
      ],
      ...(files.watermark === null ? {} : { watermark: watermarkOf(files.watermark, width) }),
    },
  };
}

export function scenarioOf(hasEffects: boolean, hasSubtitles: boolean): Scenario {
  if (hasEffects) return hasSubtitles ? "full_featured" : "effects_only";
  return hasSubtitles ? "subtitles_only" : "baseline";
}

function languageOf(language: string): string {
  const name = language.trim().toLowerCase();
  if (name === "chinese") return "zh";
  if (name === "english") return "en";
  return language;
}

/** One of those listed, as theirs did; the same for the same picture, so that asking again finds it in the cache. */
export function chooseEffect(effects: readonly (Effect | "random")[], picture: string): Effect | null {
  if (effects.length === 0) return null;
  const number = Number.parseInt(/[0-9a-f]{8}/.exec(picture)?.[0] ?? "0", 16);
  const chosen = effects[number % effects.length] as Effect | "random";
  return chosen === "random" ? (EFFECTS[(number >>> 8) % EFFECTS.length] as Effect) : chosen;
}

/** Theirs zoomed by a tenth about the centre; pans name the way the view goes. */
const MOTIONS: Readonly<Record<Effect, Readonly<Record<string, unknown>>>> = {
  zoom_in: { from: { scale: 1 }, to: { scale: 1.1 }, easing: "linear" },
  zoom_out: { from: { scale: 1.1 }, to: { scale: 1 }, easing: "linear" },
  pan_left: { effect: "panLeft", amount: 0.1, easing: "linear" },
  pan_right: { effect: "panRight", amount: 0.1, easing: "linear" },
};

function captionsOf(request: OnestepRequest, language: string): Record<string, unknown> {
  const usual = language === "zh" ? USUAL_FONT_SIZE.zh : USUAL_FONT_SIZE.other;
  const size = request.font_size ?? null;
  return {
    style: request.background_box === false ? "outline" : "boxed",
    // Their number says how much shows through: 0 is solid. Ours says how solid the box is.
    boxOpacity: 1 - (request.background_opacity ?? 0.2),
    ...(size === null ? {} : { size: Math.min(4, Math.max(0.25, size / usual)) }),
    ...(request.outline_color == null ? {} : { outlineColor: fromAssColor(request.outline_color) }),
  };
}

/** `&HAABBGGRR` -> `#rrggbb`; how transparent it is can't be said here. */
export function fromAssColor(text: string): string {
  const digits = text.replace(/^&H|&$/gi, "").slice(-6);
  const [blue, green, red] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)];
  return `#${red}${green}${blue}`.toLowerCase();
}

/** An eighth of the frame's width, ten pixels from the corner. */
function watermarkOf(src: string, width: number): Record<string, unknown> {
  return { src, position: "topLeft", size: width / 8 / 1080, margin: 10 / 1080, opacity: 1 };
}

const FIELDS: readonly (readonly [string, string])[] = [
  ["scenes[0].image", "input_image"],
  ["scenes[0].audio", "input_audio"],
  ["scenes[0].captions.size", "font_size"],
  ["scenes[0].subtitles", "subtitle"],
  ["scenes[0].language", "language"],
  ["watermark", "watermark"],
];

function renamePath(path: string): string {
  return FIELDS.find(([ours]) => path.startsWith(ours))?.[1] ?? path;
}

/** @throws ReelburstError REQUEST_INVALID */
export function requireMedia(field: MediaField, json: unknown): never {
  const value: unknown = (json as Record<string, unknown> | null)?.[field];
  const isThere = value !== undefined && value !== null;
  throw new ReelburstError(
    "REQUEST_INVALID",
    isThere ? `${field} must be a text: the file in base64.` : `${field} is missing.`,
    { path: field, hint: "Send the file's bytes as base64." },
  );
}
