import { z } from "zod";
import {
  AUDIO_DEFAULTS,
  CAPTION_DEFAULTS,
  DIRECTION_DEFAULT,
  MOTION_DEFAULTS,
  PAD_DEFAULTS,
  TRANSITION_DEFAULTS,
  VIDEO_DEFAULTS,
  VIEWPOINT_DEFAULTS,
} from "./defaults.ts";
import { ONE_PICTURE_SCHEMA, withOnePicture } from "./one-picture.ts";
import type { EasingName } from "./production.ts";
import { SCENE_ID_PATTERN } from "./scene-id.ts";
import { card } from "./schema-card.ts";
import {
  color,
  field,
  fontPath,
  fraction,
  gain,
  language,
  mediaPath,
  shortSeconds,
  subtitlePath,
  videoPath,
} from "./schema-fields.ts";

/** Six hours: above it a stated length is a slip (milliseconds for seconds), not a scene. */
const MAX_SCENE_SECONDS = 21_600;

const motionEffect = z.enum(["auto", "zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown", "none"]);

const EASING_FAMILIES = ["", "Sine", "Quad", "Cubic", "Quart", "Expo"] as const;
const easingNames = [
  "linear",
  ...EASING_FAMILIES.flatMap((family) =>
    (["easeIn", "easeOut", "easeInOut"] as const).map((way) => `${way}${family}` as const),
  ),
] as const satisfies readonly EasingName[];

const easing = field(
  z.union([
    z.enum(easingNames),
    // CSS lets y leave 0..1; a view that overshoots would leave the picture.
    z.tuple([fraction, fraction, fraction, fraction]),
  ]),
  "How the motion speeds up and slows down: a name, or [x1, y1, x2, y2] as in CSS cubic-bezier, each 0 to 1.",
  MOTION_DEFAULTS.easing,
);

const viewpoint = z.strictObject({
  x: field(fraction, "Centre of the view, 0 (left) to 1 (right) of the picture.", VIEWPOINT_DEFAULTS.x),
  y: field(fraction, "Centre of the view, 0 (top) to 1 (bottom) of the picture.", VIEWPOINT_DEFAULTS.y),
  scale: field(
    z.number().min(1).max(10),
    "Zoom; 1 is the largest view that fits the picture.",
    VIEWPOINT_DEFAULTS.scale,
  ),
});

export const motion = z.union([
  motionEffect,
  z.strictObject({
    effect: field(
      motionEffect,
      "A named motion; auto varies it from scene to scene.",
      MOTION_DEFAULTS.effect,
    ),
    amount: field(
      fraction,
      "How far the view zooms or travels over the scene, 0 to 1.",
      MOTION_DEFAULTS.amount,
    ),
    easing,
  }),
  z.strictObject({
    from: viewpoint.meta({ description: "Where the view starts." }),
    to: viewpoint.meta({ description: "Where the view ends." }),
    easing,
  }),
]);

const captionStyle = z.enum(["boxed", "outline", "karaoke", "word", "bold", "minimal", "none"]);

export const captions = z.union([
  captionStyle,
  z.strictObject({
    style: field(
      captionStyle,
      "The look of the captions; none leaves them out of the picture.",
      CAPTION_DEFAULTS.style,
    ),
    position: field(
      z.enum(["bottom", "middle", "top"]),
      "Where the captions stand.",
      CAPTION_DEFAULTS.position,
    ),
    size: field(
      z.number().min(0.25).max(4),
      "Multiplies the default text size (4.4 % of the frame's short side).",
      CAPTION_DEFAULTS.size,
    ),
    color: field(color, "Text colour.", CAPTION_DEFAULTS.color),
    outlineColor: field(color, "Colour of the letters' outline.", CAPTION_DEFAULTS.outlineColor),
    boxColor: field(color, "Colour of the box behind the text.", CAPTION_DEFAULTS.boxColor),
    boxOpacity: field(fraction, "0 is invisible, 1 is solid.", CAPTION_DEFAULTS.boxOpacity),
    highlightColor: field(
      color,
      "Colour of the word being spoken, in karaoke.",
      CAPTION_DEFAULTS.highlightColor,
    ),
    font: field(fontPath.nullable(), "Path of a TrueType or OpenType file; without it, the shipped faces."),
  }),
]);

export const pad = z.strictObject({
  before: field(shortSeconds, "Seconds of silence before the narration.", PAD_DEFAULTS.before),
  after: field(shortSeconds, "Seconds of silence after the narration.", PAD_DEFAULTS.after),
});

const transitionType = z.enum(["fade", "dissolve", "slide", "wipe", "push", "none"]);

export const transition = z.union([
  transitionType,
  z.strictObject({
    type: field(transitionType, "How the scene gives way to the next one.", TRANSITION_DEFAULTS.type),
    duration: field(z.number().min(0).max(10), "Seconds.", TRANSITION_DEFAULTS.duration),
    direction: field(
      z.enum(["left", "right", "up", "down"]),
      "Where things move to; slide, wipe and push have one.",
      DIRECTION_DEFAULT,
    ),
  }),
]);

export const imageLook = {
  fit: field(
    z.enum(["cover", "contain"]),
    "cover fills the frame and crops; contain shows the whole picture.",
    "cover",
  ),
  background: field(
    z.union([z.literal("blur"), color], { error: "Expected blur or a colour such as #101010." }),
    "Behind transparent pixels and, with contain, beside the picture: blur or a colour. Default: blur with contain, #000000 with cover.",
  ),
  focus: field(
    z.union([
      z.literal("auto"),
      z.strictObject({
        x: fraction.meta({ description: "0 (left) to 1 (right)." }),
        y: fraction.meta({ description: "0 (top) to 1 (bottom)." }),
      }),
    ]),
    "The point of the picture that motion and cropping favour; auto finds it.",
    "auto",
  ),
};

/** Picture, sound and captions: a path, or an object when more than the path is to be said. */
const image = z.union([
  mediaPath,
  z.strictObject({ src: mediaPath.meta({ description: "Path of the picture." }), ...imageLook }),
]);

const sourceSeconds = z.number().min(0).max(MAX_SCENE_SECONDS);

const video = z.union([
  videoPath,
  z.strictObject({
    src: videoPath.meta({ description: "Path of the video." }),
    trim: field(
      z.strictObject({
        from: field(sourceSeconds, "Seconds of the video at which to begin.", VIDEO_DEFAULTS.trim.from),
        to: field(sourceSeconds.nullable(), "Seconds of the video at which to end; null is its end."),
      }),
      "The part of the video to show.",
    ),
    fit: imageLook.fit,
    background: field(
      imageLook.background.unwrap(),
      "Beside the picture with contain: blur or a colour. Default: blur.",
    ),
    volume: field(gain, "Linear gain of the video's own sound. Default: 1 without narration, 0 with it."),
    retime: field(
      z.enum(["none", "fit"]),
      "fit plays the picture faster or slower so that it lasts as long as the scene; none cuts it, or holds its last frame.",
      VIDEO_DEFAULTS.retime,
    ),
  }),
]);

const audio = z.union([
  mediaPath,
  z.strictObject({
    src: mediaPath.meta({ description: "Path of the narration." }),
    volume: field(gain, "Linear gain; 1 leaves the level as it is.", AUDIO_DEFAULTS.volume),
  }),
]);

const subtitleTrack = z.strictObject({
  src: subtitlePath.meta({ description: "Path of an .srt, .vtt or word-timing .json file." }),
  language: field(
    language.nullable(),
    "Language of the captions, such as en or zh; of the first track, the scene's by default.",
  ),
  burn: field(
    z.boolean(),
    "Draw the captions into the picture; otherwise they are written beside the film only. Default: true for the first track.",
  ),
  captions: field(captions, "The look of this track, over the scene's: a style's name or an object."),
});

/** Enough for any picture and any player's menu. */
const MAX_TRACKS = 8;

const subtitles = z.union([
  subtitlePath,
  subtitleTrack,
  z
    .array(z.union([subtitlePath, subtitleTrack]))
    .min(1)
    .max(MAX_TRACKS),
]);

export const statedDuration = z.number().positive().max(MAX_SCENE_SECONDS);

export const sceneInput = withOnePicture(
  z.strictObject({
    id: field(
      z.string().regex(SCENE_ID_PATTERN, "Expected 1 to 64 letters, digits, - or _."),
      "Unique name of the scene, used in file names. Without it: scene_001, scene_002, ...",
    ),
    image: field(image, "The picture: a path, or an object with src and how to show it."),
    video: field(
      video,
      "Instead of a picture: a video's path, or an object with src and what to show of it.",
    ),
    card: field(card, "Words on a drawn background, instead of a picture: a title or an end card."),
    audio: field(audio.nullable(), "The narration: a path, or an object with src and volume."),
    subtitles: field(
      subtitles.nullable(),
      "The captions: a path (.srt, .vtt, .json), an object with src, or a list of tracks.",
    ),
    duration: field(
      z.union([z.literal("auto"), statedDuration], {
        error: `Expected seconds, above 0 and at most ${MAX_SCENE_SECONDS}, or auto.`,
      }),
      "Seconds, or auto: as long as the narration, else as the video. A picture without audio must state it; a card then stands 4 s.",
      "auto",
    ),
    motion: field(
      motion,
      "How the view moves: an effect's name, {effect, amount, easing}, or {from, to, easing}.",
    ),
    captions: field(captions, "The look of this scene's captions: a style's name or an object."),
    pad: field(pad, "Silence around the narration."),
    transition: field(
      transition,
      "How this scene gives way to the next one: fade, dissolve, slide, wipe, push, none, or {type, duration, direction}.",
    ),
    language: field(
      language.nullable(),
      "Language of the scene, such as en or zh; chooses fonts and line breaking.",
    ),
  }),
).meta({
  title: "Scene",
  description: "One picture, video or card with its narration and captions.",
  ...ONE_PICTURE_SCHEMA,
});

export type SceneInput = z.input<typeof sceneInput>;
