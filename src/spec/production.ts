/**
 * A production: everything needed to make one film, with every default filled in.
 *
 * This is what the rest of the house works with. The file a user writes is looser
 * (see `schema.ts`); `parse.ts` resolves it into this once, so nothing downstream sees an optional.
 */
export interface Production {
  readonly version: 1;
  /** Where relative paths were resolved from; absolute. */
  readonly baseDirectory: string;
  readonly title: string | null;
  readonly output: OutputSettings;
  readonly scenes: readonly Scene[];
  readonly soundtrack: Soundtrack | null;
  readonly watermark: Watermark | null;
  readonly onSceneFailure: "fail" | "skip";
  readonly run: RunSettings;
  readonly webhook: { readonly url: string } | null;
  /** Passed through untouched. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface OutputSettings {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Frames per second as an exact fraction (30000/1001 for 29.97). */
  readonly fps: Fraction;
  readonly format: "mp4";
  readonly codec: "h264" | "hevc" | "av1";
  readonly quality: Quality;
  /** Kilobits per second of the stereo sound; null follows the quality. */
  readonly audioBitrate: number | null;
  /** Whose defaults were taken (they are filled in already); says how long such films are meant to be. */
  readonly preset: PresetName | null;
  readonly deliver: "film" | "scenes" | "both";
  /** Integrated loudness target in LUFS; null leaves the level as it is. */
  readonly loudness: number | null;
}

export interface Fraction {
  readonly num: number;
  readonly den: number;
}

export type Quality = "draft" | "standard" | "high";

export type PresetName = "shorts" | "standard" | "long";

export interface Scene {
  /** Unique within the production; letters, digits, `-` and `_`. */
  readonly id: string;
  /** Exactly one of `image`, `video` and `card` is there. */
  readonly image: ImageSource | null;
  readonly video: VideoSource | null;
  /** Words on a drawn background. */
  readonly card: CardSettings | null;
  readonly audio: AudioSource | null;
  /** In the order written; the first is the film's own. */
  readonly subtitles: readonly SubtitleTrack[];
  readonly motion: MotionSettings;
  readonly captions: CaptionSettings;
  /** Seconds, or `auto`: as long as the narration, else as the video. A picture without audio must state it. */
  readonly duration: number | "auto";
  /** Seconds of silence around the narration. */
  readonly pad: { readonly before: number; readonly after: number };
  /** How this scene gives way to the next one; ignored on the last scene. */
  readonly transition: Transition;
  /** BCP 47, e.g. `en` or `zh`; null when unknown. Chooses fonts and line breaking. */
  readonly language: string | null;
}

export interface ImageSource {
  /** Absolute path. */
  readonly src: string;
  /** `cover` fills the frame and crops; `contain` shows the whole picture over `background`. */
  readonly fit: "cover" | "contain";
  /** What lies behind transparent pixels and, with `contain`, beside the picture: `blur` or #rrggbb. */
  readonly background: "blur" | string;
  /** The point that motion favours, 0..1 in picture coordinates (0,0 = top left), or `auto`. */
  readonly focus: { readonly x: number; readonly y: number } | "auto";
}

export interface VideoSource {
  /** Absolute path. */
  readonly src: string;
  /** Seconds of the source; `to` null = its end. */
  readonly trim: { readonly from: number; readonly to: number | null };
  readonly fit: "cover" | "contain";
  /** What stands beside the picture with `contain`: `blur` or #rrggbb. */
  readonly background: "blur" | string;
  /** Linear gain of the video's own sound; 0 leaves it out. */
  readonly volume: number;
  /** `fit` plays the picture faster or slower, so that it lasts exactly as long as the scene. */
  readonly retime: "none" | "fit";
}

export interface AudioSource {
  readonly src: string;
  /** Linear gain, 1 = unchanged. */
  readonly volume: number;
}

export interface SubtitleTrack {
  /** Absolute path of an .srt, .vtt or word-timing .json file. */
  readonly src: string;
  /** BCP 47; null when unknown. */
  readonly language: string | null;
  /** Drawn into the picture; otherwise only written beside the film. */
  readonly burn: boolean;
  /** The track's look over the scene's. */
  readonly captions: CaptionSettings;
}

export type CardLayout = "title" | "section" | "statement" | "end" | "quote" | "list" | "figure";

export interface CardSettings {
  readonly layout: CardLayout;
  readonly title: string | null;
  /** Paragraphs or list items in order. */
  readonly text: readonly string[];
  readonly kicker: string | null;
  readonly attribution: string | null;
  readonly theme: "dark" | "light";
  /** #rrggbb */
  readonly accent: string;
  /** #rrggbb, or null for the theme's own. */
  readonly background: string | null;
  /** Absolute path of a TrueType/OpenType file, or null for the shipped faces. */
  readonly font: string | null;
}

export type MotionEffect =
  | "auto"
  | "zoomIn"
  | "zoomOut"
  | "panLeft"
  | "panRight"
  | "panUp"
  | "panDown"
  | "none";

export type EasingFamily = "Sine" | "Quad" | "Cubic" | "Quart" | "Expo";

export type EasingName = "linear" | `ease${"In" | "Out" | "InOut"}${"" | EasingFamily}`;

/** A name, or a cubic Bezier from 0,0 to 1,1 by its two control points (x1, y1, x2, y2; all 0..1) as in CSS. */
export type Easing = EasingName | readonly [x1: number, y1: number, x2: number, y2: number];

/** A place to look: the viewport's centre (0..1 of the picture) and its zoom (1 = the largest viewport that fits). */
export interface Viewpoint {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export type MotionSettings =
  | {
      readonly kind: "effect";
      readonly effect: MotionEffect /** Fraction of zoom or travel over the scene, 0..1. */;
      readonly amount: number;
      readonly easing: Easing;
    }
  | { readonly kind: "path"; readonly from: Viewpoint; readonly to: Viewpoint; readonly easing: Easing };

export type CaptionStyleName = "boxed" | "outline" | "karaoke" | "word" | "bold" | "minimal" | "none";

export interface CaptionSettings {
  readonly style: CaptionStyleName;
  readonly position: "bottom" | "middle" | "top";
  /** Multiplies the default text size (4.4 % of the short side). */
  readonly size: number;
  /** #rrggbb */
  readonly color: string;
  readonly outlineColor: string;
  readonly boxColor: string;
  /** 0 invisible .. 1 solid. */
  readonly boxOpacity: number;
  /** The spoken word in `karaoke`. */
  readonly highlightColor: string;
  /** Absolute path of a TrueType/OpenType file, or null for the shipped faces. */
  readonly font: string | null;
}

/** Where things move to: with `left` the next scene comes in from the right. */
export type Direction = "left" | "right" | "up" | "down";

/** `duration` in seconds. Names are those of FFmpeg's xfade where it has the same thing. */
export type Transition =
  | {
      /** `fade`: cross-fade. `dissolve`: the next scene shows through in soft patches that grow. */
      readonly type: "none" | "fade" | "dissolve";
      readonly duration: number;
    }
  | {
      /** `slide`: the next scene moves in over the earlier one. `push`: and pushes it out. `wipe`: a soft edge reveals it. */
      readonly type: "slide" | "push" | "wipe";
      readonly duration: number;
      readonly direction: Direction;
    };

export type TransitionType = Transition["type"];

export interface Soundtrack {
  readonly src: string;
  /** Linear gain before ducking. */
  readonly volume: number;
  readonly duck: boolean;
  readonly loop: boolean;
  /** Seconds. */
  readonly fadeIn: number;
  readonly fadeOut: number;
}

export interface Watermark {
  readonly src: string;
  readonly position: "topLeft" | "topRight" | "bottomLeft" | "bottomRight";
  /** Width as a fraction of the frame's short side. */
  readonly size: number;
  /** Distance from the edges as a fraction of the short side. */
  readonly margin: number;
  readonly opacity: number;
}

export interface RunSettings {
  readonly where: string;
  /** US dollars. */
  readonly maxCost: number | null;
  /** Seconds. */
  readonly maxDuration: number | null;
  readonly spot: "auto" | boolean;
}
