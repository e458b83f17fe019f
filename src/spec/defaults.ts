import type {
  AudioSource,
  CaptionSettings,
  CardSettings,
  Direction,
  OutputSettings,
  RunSettings,
  Scene,
  Soundtrack,
  Transition,
  Watermark,
} from "./production.ts";

/** What a production gets where its file is silent. The published schema shows these values to editors. */
export const OUTPUT_DEFAULTS = {
  fps: { num: 30, den: 1 },
  format: "mp4",
  codec: "h264",
  quality: "standard",
  audioBitrate: null,
  preset: null,
  deliver: "film",
  /** LUFS; what video platforms play back at. */
  loudness: -14,
} as const satisfies Omit<OutputSettings, "width" | "height">;

export const MOTION_DEFAULTS = { effect: "auto", amount: 0.12, easing: "easeInOut" } as const;

/** So slow that it is felt, not seen; 2 % of the frame at each side stay inside a card's margins. */
export const CARD_MOTION_DEFAULTS = { effect: "zoomIn", amount: 0.04, easing: "easeInOut" } as const;

export const CARD_DEFAULTS = { layout: "title", accent: "#ffb224" } as const satisfies Partial<CardSettings>;

/** How long a card without narration stands: a short title is read twice. */
export const CARD_SECONDS = 4;

export const VIEWPOINT_DEFAULTS = { x: 0.5, y: 0.5, scale: 1 } as const;

export const CAPTION_DEFAULTS: CaptionSettings = {
  style: "boxed",
  position: "bottom",
  size: 1,
  color: "#ffffff",
  outlineColor: "#000000",
  boxColor: "#000000",
  boxOpacity: 0.55,
  highlightColor: "#ffb224",
  font: null,
};

/** Seconds. A short breath after the voice, none before: the cut itself gives that. */
export const PAD_DEFAULTS = { before: 0, after: 0.3 } as const satisfies Scene["pad"];

/** 12 frames at 30 fps. */
export const TRANSITION_DEFAULTS = { type: "fade", duration: 0.4 } as const satisfies Transition;

/** For transitions that have a direction: things move as one reads on. */
export const DIRECTION_DEFAULT = "left" satisfies Direction;

/**
 * Beside a contained picture its own blurred copy stands; with `cover` nothing shows beside it, so
 * `background` lies only behind transparent pixels, where black is what every player would show.
 */
export const IMAGE_BACKGROUND_DEFAULTS = { cover: "#000000", contain: "blur" } as const;

/** A video's own sound is heard where no narration is. */
export const VIDEO_DEFAULTS = {
  trim: { from: 0, to: null },
  volume: { alone: 1, underNarration: 0 },
  retime: "none",
} as const;

export const AUDIO_DEFAULTS = { volume: 1 } as const satisfies Omit<AudioSource, "src">;

export const SOUNDTRACK_DEFAULTS = {
  volume: 0.15,
  duck: true,
  loop: true,
  fadeIn: 0.5,
  fadeOut: 1.5,
} as const satisfies Omit<Soundtrack, "src">;

export const WATERMARK_DEFAULTS = {
  position: "topLeft",
  size: 0.12,
  margin: 0.04,
  opacity: 0.85,
} as const satisfies Omit<Watermark, "src">;

export const RUN_DEFAULTS: RunSettings = { where: "auto", maxCost: null, maxDuration: null, spot: "auto" };
