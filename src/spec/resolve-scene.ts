import {
  AUDIO_DEFAULTS,
  CAPTION_DEFAULTS,
  IMAGE_BACKGROUND_DEFAULTS,
  MOTION_DEFAULTS,
  PAD_DEFAULTS,
  TRANSITION_DEFAULTS,
  VIDEO_DEFAULTS,
  VIEWPOINT_DEFAULTS,
} from "./defaults.ts";
import { parseLanguage } from "./language.ts";
import type { CaptionSettings, ImageSource, MotionSettings, Scene, VideoSource } from "./production.ts";
import type { ProductionInput } from "./schema.ts";
import { normalizeColor } from "./schema-fields.ts";
import type { SceneInput } from "./schema-scene.ts";
import type { ResolvePath } from "./source-path.ts";
import { layerTransition } from "./transition.ts";

export type SceneDefaults = NonNullable<ProductionInput["defaults"]>;

/** A scene as written, over the production's defaults, over the built-in ones. `path` is where it stands. */
export function resolveScene(
  input: SceneInput,
  defaults: SceneDefaults,
  id: string,
  path: string,
  resolvePath: ResolvePath,
): Scene {
  const { audio, subtitles } = input;
  const source = (value: string | { src: string }, key: string): string =>
    typeof value === "string"
      ? resolvePath(value, `${path}.${key}`)
      : resolvePath(value.src, `${path}.${key}.src`);
  const { image, video } = input;
  const hasAudio = audio !== undefined && audio !== null;
  const hasSubtitles = subtitles !== undefined && subtitles !== null;
  const language = input.language === undefined ? defaults.language : input.language;
  return {
    id,
    image:
      image === undefined
        ? null
        : {
            src: source(image, "image"),
            ...resolveImageLook(defaults.image ?? {}, typeof image === "string" ? {} : image),
          },
    video:
      video === undefined
        ? null
        : { src: source(video, "video"), ...resolveVideo(defaults.image ?? {}, video, hasAudio) },
    audio: hasAudio
      ? {
          src: source(audio, "audio"),
          volume: (typeof audio === "string" ? undefined : audio.volume) ?? AUDIO_DEFAULTS.volume,
        }
      : null,
    subtitles: hasSubtitles ? { src: source(subtitles, "subtitles") } : null,
    // A video moves by itself: what the defaults say is meant for pictures.
    motion:
      video !== undefined
        ? { kind: "effect", ...MOTION_DEFAULTS, effect: "none" }
        : layerMotion(layerMotion({ kind: "effect", ...MOTION_DEFAULTS }, defaults.motion), input.motion),
    captions: layerCaptions(
      layerCaptions(CAPTION_DEFAULTS, defaults.captions, (font) =>
        resolvePath(font, "defaults.captions.font"),
      ),
      input.captions,
      (font) => resolvePath(font, `${path}.captions.font`),
    ),
    duration: statedDuration(input, defaults) ?? "auto",
    pad: {
      before: input.pad?.before ?? defaults.pad?.before ?? PAD_DEFAULTS.before,
      after: input.pad?.after ?? defaults.pad?.after ?? PAD_DEFAULTS.after,
    },
    transition: layerTransition(layerTransition(TRANSITION_DEFAULTS, defaults.transition), input.transition),
    language: language === undefined || language === null ? null : parseLanguage(language),
  };
}

/** Seconds, when they are stated; the default duration is for pictures without narration only. */
export function statedDuration(input: SceneInput, defaults: SceneDefaults): number | null {
  if (typeof input.duration === "number") return input.duration;
  const hasAudio = input.audio !== undefined && input.audio !== null;
  return hasAudio || input.video !== undefined ? null : (defaults.duration ?? null);
}

type ImageLookInput = NonNullable<SceneDefaults["image"]>;

function resolveImageLook(defaults: ImageLookInput, own: ImageLookInput): Omit<ImageSource, "src"> {
  const fit = own.fit ?? defaults.fit ?? "cover";
  const background = own.background ?? defaults.background ?? IMAGE_BACKGROUND_DEFAULTS[fit];
  return {
    fit,
    background: background === "blur" ? background : normalizeColor(background),
    focus: own.focus ?? defaults.focus ?? "auto",
  };
}

type VideoInput = NonNullable<SceneInput["video"]>;

/** How pictures are shown holds for videos too, as far as it can. */
function resolveVideo(
  defaults: ImageLookInput,
  input: VideoInput,
  hasAudio: boolean,
): Omit<VideoSource, "src"> {
  const own = typeof input === "string" ? {} : withoutUndefined(input);
  const { fit, background } = resolveImageLook(defaults, {
    ...(own.fit === undefined ? {} : { fit: own.fit }),
    ...(own.background === undefined ? {} : { background: own.background }),
  });
  const { alone, underNarration } = VIDEO_DEFAULTS.volume;
  return {
    trim: { ...VIDEO_DEFAULTS.trim, ...withoutUndefined(own.trim ?? {}) },
    fit,
    background,
    volume: own.volume ?? (hasAudio ? underNarration : alone),
    retime: own.retime ?? VIDEO_DEFAULTS.retime,
  };
}

/** A scene that names an effect leaves a default path; one that only changes the easing keeps it. */
function layerMotion(base: MotionSettings, layer: SceneInput["motion"]): MotionSettings {
  if (layer === undefined) return base;
  const effectBase = base.kind === "effect" ? base : { ...MOTION_DEFAULTS, easing: base.easing };
  if (typeof layer === "string") return { ...effectBase, kind: "effect", effect: layer };
  const easing = layer.easing ?? base.easing;
  if ("from" in layer) {
    return {
      kind: "path",
      from: { ...VIEWPOINT_DEFAULTS, ...withoutUndefined(layer.from) },
      to: { ...VIEWPOINT_DEFAULTS, ...withoutUndefined(layer.to) },
      easing,
    };
  }
  if (base.kind === "path" && layer.effect === undefined && layer.amount === undefined)
    return { ...base, easing };
  return {
    kind: "effect",
    effect: layer.effect ?? effectBase.effect,
    amount: layer.amount ?? effectBase.amount,
    easing,
  };
}

function layerCaptions(
  base: CaptionSettings,
  layer: SceneInput["captions"],
  font: (path: string) => string,
): CaptionSettings {
  if (layer === undefined) return base;
  if (typeof layer === "string") return { ...base, style: layer };
  const own = withoutUndefined(layer);
  const merged = { ...base, ...own };
  return {
    ...merged,
    color: normalizeColor(merged.color),
    outlineColor: normalizeColor(merged.outlineColor),
    boxColor: normalizeColor(merged.boxColor),
    highlightColor: normalizeColor(merged.highlightColor),
    font: typeof own.font === "string" ? font(own.font) : merged.font,
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** YAML and JSON carry no `undefined`, callers in TypeScript do; a spread must not erase a default with it. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>;
}
