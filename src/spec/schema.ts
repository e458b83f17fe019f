import { z } from "zod";
import { OUTPUT_DEFAULTS, RUN_DEFAULTS, SOUNDTRACK_DEFAULTS, WATERMARK_DEFAULTS } from "./defaults.ts";
import { ASPECTS, MAX_SIDE_PIXELS, MIN_SIDE_PIXELS, RESOLUTIONS } from "./frame-size.ts";
import { PRESET_NAMES } from "./presets.ts";
import {
  field,
  fraction,
  frameRate,
  gain,
  language,
  mediaPath,
  metadata,
  shortSeconds,
  timeSpan,
} from "./schema-fields.ts";
import { captions, imageLook, motion, pad, sceneInput, statedDuration, transition } from "./schema-scene.ts";

export const MAX_SCENES = 10_000;

/*
 * The file a user writes. It has no transforms: what it accepts is what it describes, so the published
 * JSON Schema says the same as the parser. Turning it into a Production is `resolve.ts`.
 */
const side = z.number().int().min(MIN_SIDE_PIXELS).max(MAX_SIDE_PIXELS);

const output = z.strictObject({
  width: field(side, "Pixels; odd values are rounded down to even. Together with height.", 1920),
  height: field(side, "Pixels; odd values are rounded down to even. Together with width.", 1080),
  aspect: field(
    z.enum(Object.keys(ASPECTS) as (keyof typeof ASPECTS)[]),
    "Shape of the frame, instead of width and height.",
  ),
  resolution: field(
    z.enum(Object.keys(RESOLUTIONS) as (keyof typeof RESOLUTIONS)[]),
    "Short side of the frame, instead of width and height: 9:16 at 1080p is 1080x1920.",
  ),
  fps: field(frameRate, 'Frames per second, 1 to 120: a number, or a fraction such as "30000/1001".', 30),
  format: field(z.enum(["mp4"]), "Container of the film.", OUTPUT_DEFAULTS.format),
  codec: field(z.enum(["h264", "hevc", "av1"]), "Video codec.", OUTPUT_DEFAULTS.codec),
  quality: field(
    z.enum(["draft", "standard", "high"]),
    "draft is quickest, high looks best.",
    OUTPUT_DEFAULTS.quality,
  ),
  audioBitrate: field(
    z.number().int().min(64).max(320).nullable(),
    "Kilobits per second of the sound; null follows the quality: 128, 192 or 256.",
    OUTPUT_DEFAULTS.audioBitrate,
  ),
  preset: field(
    z.enum(PRESET_NAMES).nullable(),
    "Other defaults for aspect, quality and audioBitrate: shorts (9:16, up to 60 s), standard (up to 5 min), long (up to 15 min, high).",
    OUTPUT_DEFAULTS.preset,
  ),
  deliver: field(
    z.enum(["film", "scenes", "both"]),
    "One joined film, one file per scene, or both.",
    OUTPUT_DEFAULTS.deliver,
  ),
  loudness: field(
    z.number().min(-40).max(-5).nullable(),
    "Integrated loudness in LUFS; null leaves the level as it is.",
    OUTPUT_DEFAULTS.loudness,
  ),
});

const defaults = z.strictObject({
  image: field(z.strictObject(imageLook), "How pictures are shown."),
  motion: field(
    motion,
    "How the view moves: an effect's name, {effect, amount, easing}, or {from, to, easing}.",
  ),
  captions: field(captions, "The look of captions: a style's name or an object."),
  pad: field(pad, "Silence around the narration."),
  transition: field(
    transition,
    "How a scene gives way to the next one: fade, dissolve, slide, wipe, push, none, or {type, duration, direction}.",
  ),
  language: field(language.nullable(), "Language of the scenes, such as en or zh."),
  duration: field(
    statedDuration,
    "Seconds for scenes that have neither narration nor a duration of their own.",
  ),
});

const soundtrack = z.union([
  mediaPath,
  z.strictObject({
    src: mediaPath.meta({ description: "Path of the music." }),
    volume: field(gain, "Linear gain before ducking.", SOUNDTRACK_DEFAULTS.volume),
    duck: field(z.boolean(), "Lower the music while someone speaks.", SOUNDTRACK_DEFAULTS.duck),
    loop: field(z.boolean(), "Repeat the music to the film's end.", SOUNDTRACK_DEFAULTS.loop),
    fadeIn: field(shortSeconds, "Seconds.", SOUNDTRACK_DEFAULTS.fadeIn),
    fadeOut: field(shortSeconds, "Seconds.", SOUNDTRACK_DEFAULTS.fadeOut),
  }),
]);

const watermark = z.union([
  mediaPath,
  z.strictObject({
    src: mediaPath.meta({ description: "Path of the picture, best a PNG with transparency." }),
    position: field(
      z.enum(["topLeft", "topRight", "bottomLeft", "bottomRight"]),
      "The corner it stands in.",
      WATERMARK_DEFAULTS.position,
    ),
    size: field(
      z.number().positive().max(1),
      "Width as a fraction of the frame's short side.",
      WATERMARK_DEFAULTS.size,
    ),
    margin: field(
      z.number().min(0).max(0.5),
      "Distance from the edges as a fraction of the short side.",
      WATERMARK_DEFAULTS.margin,
    ),
    opacity: field(fraction, "0 is invisible, 1 is solid.", WATERMARK_DEFAULTS.opacity),
  }),
]);

const run = z.strictObject({
  where: field(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "Expected a pool's name, such as auto or local."),
    "The pool that does the work; auto quotes them all and picks.",
    RUN_DEFAULTS.where,
  ),
  maxCost: field(z.number().min(0).nullable(), "US dollars this production may spend."),
  maxDuration: field(timeSpan.nullable(), 'Time this production may take: seconds, or text such as "20m".'),
  spot: field(
    z.union([z.literal("auto"), z.boolean()], { error: "Expected auto, true or false." }),
    "Use interruptible machines.",
    RUN_DEFAULTS.spot,
  ),
});

const webhook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "Expected an http or https URL." })
    .max(2048)
    .meta({ description: "Where events of this production are posted." }),
});

export const productionInput = z
  .strictObject({
    $schema: field(z.string(), "Address of this schema, for editors. Ignored."),
    version: field(z.literal(1), "Version of this format.", 1),
    title: field(z.string().max(500).nullable(), "Title of the film."),
    output: field(output, "Frame size, rate, codec and what is delivered."),
    defaults: field(defaults, "Applied to every scene that does not say otherwise."),
    scenes: z.array(sceneInput).min(1).max(MAX_SCENES).meta({ description: "The scenes in order." }),
    soundtrack: field(soundtrack.nullable(), "Music under the narration: a path or an object."),
    watermark: field(watermark.nullable(), "A picture over every frame: a path or an object."),
    onSceneFailure: field(
      z.enum(["fail", "skip"]),
      "After retries: fail the film, or leave the scene out and say so.",
      "fail",
    ),
    run: field(run, "Where to render, and what it may cost."),
    webhook: field(webhook.nullable(), "Whom to tell."),
    metadata: field(metadata, "Anything of yours; passed through untouched."),
  })
  .meta({ title: "Reelburst production", description: "Scenes in, finished narrated film out." });

/** What a user may write; see `production.ts` for what it becomes. */
export type ProductionInput = z.input<typeof productionInput>;
