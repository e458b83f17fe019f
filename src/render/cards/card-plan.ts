/** A card as data: what is painted and where, in pixels of the picture it becomes. */
import type { FaceRun } from "../captions/fonts/face-runs.ts";
import type { CardColors } from "./card-colors.ts";

/** A line of text where it is drawn. */
export interface CardLine {
  readonly text: string;
  readonly runs: readonly FaceRun[];
  readonly emPixels: number;
  readonly baselineY: number;
  /** Left edge, centre or right edge of the line's advance, by `anchor`. */
  readonly x: number;
  readonly anchor: "left" | "center" | "right";
  /** Left edge and width of the ink. */
  readonly inkX: number;
  readonly inkWidth: number;
  /** Added between letters, in pixels. */
  readonly tracking: number;
  /** #rrggbb */
  readonly color: string;
}

export interface CardShape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  /** #rrggbb */
  readonly color: string;
}

export interface PlacedCard {
  readonly lines: readonly CardLine[];
  readonly shapes: readonly CardShape[];
}

/** Where the light falls from, as fractions of the picture. */
export interface CardBackground extends Pick<CardColors, "base" | "light" | "shade"> {
  readonly lightX: number;
  readonly lightY: number;
}

/** All that determines a card's pixels; a render process draws it. Fonts are named by the SHA-256 of their files. */
export interface CardPlan {
  readonly width: number;
  readonly height: number;
  readonly background: CardBackground;
  readonly ass: string;
  readonly fonts: readonly string[];
}
