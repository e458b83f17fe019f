import type { CaptionSettings, CaptionStyleName } from "../../../spec/production.ts";
import type { CaptionWeight } from "../fonts/shipped-fonts.ts";

/** A style in numbers. Lengths are in em, so that everything grows with the text. */
export interface CaptionStyle {
  /** Times 4.4 % (CJK 4.6 %) of the frame's short side. */
  readonly scale: number;
  readonly weight: CaptionWeight;
  /** A rounded box behind the whole block. */
  readonly box: boolean;
  /** Width of the outline around each letter; 0 has none. */
  readonly outlineEm: number;
  readonly shadow: CaptionShadow | null;
  /** What is shown at a time: the cue, the cue with its spoken word marked, or a few words. */
  readonly pace: "cue" | "spoken" | "words";
  /** How long a caption takes to come and go; 0 cuts. */
  readonly fadeMs: number;
  /** Latin characters to a line, at most; CJK takes 2.1 of them. */
  readonly lineUnits: number;
}

export interface CaptionShadow {
  readonly offsetEm: number;
  /** Standard deviation of the blur. */
  readonly blurEm: number;
  /** How far the shadow reaches beyond the letters before it is blurred. */
  readonly spreadEm: number;
  /** 0 invisible .. 1 solid. */
  readonly opacity: number;
}

/** A shadow that keeps white letters readable on a white picture. */
export const SOFT_SHADOW: CaptionShadow = { offsetEm: 0.05, blurEm: 0.11, spreadEm: 0.06, opacity: 0.6 };

const STYLES: Readonly<Record<Exclude<CaptionStyleName, "none">, CaptionStyle>> = {
  boxed: {
    scale: 1,
    weight: "semibold",
    box: true,
    outlineEm: 0,
    shadow: null,
    pace: "cue",
    fadeMs: 100,
    lineUnits: 42,
  },
  outline: {
    scale: 1.06,
    weight: "semibold",
    box: false,
    outlineEm: 0.062,
    shadow: SOFT_SHADOW,
    pace: "cue",
    fadeMs: 100,
    lineUnits: 42,
  },
  karaoke: {
    scale: 1.16,
    weight: "heavy",
    box: false,
    outlineEm: 0.068,
    shadow: SOFT_SHADOW,
    pace: "spoken",
    fadeMs: 0,
    lineUnits: 36,
  },
  word: {
    scale: 1.9,
    weight: "heavy",
    box: false,
    outlineEm: 0.075,
    shadow: SOFT_SHADOW,
    pace: "words",
    fadeMs: 0,
    lineUnits: 42,
  },
  bold: {
    scale: 1.45,
    weight: "heavy",
    box: false,
    outlineEm: 0.075,
    shadow: SOFT_SHADOW,
    pace: "cue",
    fadeMs: 70,
    lineUnits: 30,
  },
  minimal: {
    scale: 0.86,
    weight: "medium",
    box: false,
    outlineEm: 0,
    shadow: { offsetEm: 0.03, blurEm: 0.13, spreadEm: 0.05, opacity: 0.75 },
    pace: "cue",
    fadeMs: 100,
    lineUnits: 42,
  },
};

/** `none` shows nothing, so any numbers do. */
export const styleFor = (name: CaptionSettings["style"]): CaptionStyle =>
  STYLES[name === "none" ? "minimal" : name];
