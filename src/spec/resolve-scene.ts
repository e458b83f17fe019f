import {
  AUDIO_DEFAULTS,
  CAPTION_DEFAULTS,
  CARD_MOTION_DEFAULTS,
  CARD_SECONDS,
  IMAGE_BACKGROUND_DEFAULTS,
  MOTION_DEFAULTS,
  PAD_DEFAULTS,
  TRANSITION_DEFAULTS,
  VIDEO_DEFAULTS,
  VIEWPOINT_DEFAULTS,
} from "./defaults.ts";
import { parseLanguage } from "./language.ts";
import type {
  CaptionSettings,
  ImageSource,
  MotionSettings,
  Scene,
  SubtitleTrack,
  VideoSource,
} from "./production.ts";
import { resolveCard } from "./resolve-card.ts";
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
  const { audio } = input;
  const source = (value: string | { src: string }, key: string): string =>
    typeof value === "string"
      ? resolvePath(value, `${path}.${key}`)
      : resolvePath(value.src, `${path}.${key}.src`);
  const { image, video } = input;
  const hasAudio = audio !== undefined && audio !== null;
  const language = knownLanguage(input.language === undefined ? defaults.language : input.language);
  const captions = layerCaptions(
    layerCaptions(CAPTION_DEFAULTS, defaults.captions, (font) => resolvePath(font, "defaults.captions.font")),
    input.captions,
    (font) => resolvePath(font, `${path}.captions.font`),
  );
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
    card: input.card === undefined ? null : resolveCard(input.card, `${path}.card`, resolvePath),
    audio: hasAudio
      ? {
          src: source(audio, "audio"),
          volume: (typeof audio === "string" ? undefined : audio.volume) ?? AUDIO_DEFAULTS.volume,
        }
      : null,
    subtitles: resolveTracks(input.subtitles, { language, captions }, `${path}.subtitles`, resolvePath),
    // A video moves by itself: what the defaults say is meant for pictures.
    motion:
      video !== undefined
        ? { kind: "effect", ...MOTION_DEFAULTS, effect: "none" }
        : layerMotion(
            input.card === undefined
              ? layerMotion({ kind: "effect", ...MOTION_DEFAULTS }, defaults.motion)
              : layerMotion({ kind: "effect", ...CARD_MOTION_DEFAULTS }, stillness(defaults.motion)),
            input.motion,
          ),
    captions,
    duration: statedDuration(input, defaults) ?? "auto",
    pad: {
      before: input.pad?.before ?? defaults.pad?.before ?? PAD_DEFAULTS.before,
      after: input.pad?.after ?? defaults.pad?.after ?? PAD_DEFAULTS.after,
    },
    transition: layerTransition(layerTransition(TRANSITION_DEFAULTS, defaults.transition), input.transition),
    language,
  };
}

function knownLanguage(language: string | null | undefined): string | null {
  return language === undefined || language === null ? null : parseLanguage(language);
}

/** The first track is the scene's own: drawn, and in its language; further ones are as they say. */
function resolveTracks(
  input: SceneInput["subtitles"],
  scene: Pick<Scene, "language" | "captions">,
  path: string,
  resolvePath: ResolvePath,
): SubtitleTrack[] {
  if (input === undefined || input === null) return [];
  const isList = Array.isArray(input);
  return (isList ? input : [input]).map((entry, index) => {
    const at = isList ? `${path}[${index}]` : path;
    const track = typeof entry === "string" ? { src: entry } : entry;
    return {
      src: resolvePath(track.src, typeof entry === "string" ? at : `${at}.src`),
      language: track.language === undefined && index === 0 ? scene.language : knownLanguage(track.language),
      burn: track.burn ?? index === 0,
      captions: layerCaptions(scene.captions, track.captions, (font) =>
        resolvePath(font, `${at}.captions.font`),
      ),
    };
  });
}

/** Of the defaults for pictures, a card takes only that nothing moves: 12 % over a scene would cut its words. */
function stillness(motion: SceneDefaults["motion"]): SceneInput["motion"] {
  const effect = typeof motion === "object" && "effect" in motion ? motion.effect : motion;
  return effect === "none" ? "none" : undefined;
}

/** Seconds, when they are stated; the default duration is for pictures without narration only, cards have their own. */
export function statedDuration(input: SceneInput, defaults: SceneDefaults): number | null {
  if (typeof input.duration === "number") return input.duration;
  const hasAudio = input.audio !== undefined && input.audio !== null;
  if (hasAudio || input.video !== undefined) return null;
  return input.card === undefined ? (defaults.duration ?? null) : CARD_SECONDS;
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
