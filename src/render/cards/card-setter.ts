/** Sets the parts of a card in type, at one scale; what goes where is said by `lay-out-card.ts`. */
import type { CardSettings } from "../../spec/production.ts";
import type { CaptionFace } from "../captions/fonts/face.ts";
import type { CaptionWeight } from "../captions/fonts/shipped-fonts.ts";
import type { FrameSize, Rectangle } from "../captions/layout.ts";
import { hasWide } from "../captions/text/characters.ts";
import type { CardColors } from "./card-colors.ts";
import type { StackEntry } from "./card-stack.ts";
import { isRightToLeft, type SetText, STYLES, type StyleName, setText } from "./card-text.ts";

export interface CardInput {
  readonly card: CardSettings;
  readonly frame: FrameSize;
  readonly colors: CardColors;
  readonly language: string | null;
  readonly faces: (weight: CaptionWeight) => readonly CaptionFace[];
  /** Captions stand over the card, so its lower part stays free. */
  readonly captioned: boolean;
}

const ROOM = { wide: 1.12, square: 1, tall: 1.28 } as const;

/** Each step takes 6 %: a finer one is not seen, a coarser one leaves room unused. */
export const STEPS = Array.from({ length: 22 }, (_, step) => 0.94 ** step);

/** What was set before, by all that determines it: a title is tried at the same sizes for every scale of the rest. */
export type KnownTexts = Map<string, SetText | null>;

/** Sets a card's parts at one scale. */
export class CardSetter {
  readonly card: CardSettings;
  readonly colors: CardColors;
  /** Where words may stand. */
  readonly area: Rectangle;
  /** Pixels that sizes and gaps are shares of: the short side, more where the frame has room beside or below it. */
  readonly unit: number;
  readonly shape: "wide" | "square" | "tall";
  readonly rightToLeft: boolean;
  readonly #input: CardInput;
  readonly #scale: number;
  readonly #known: KnownTexts;

  constructor(input: CardInput, scale: number, known: KnownTexts) {
    this.#known = known;
    const { card, frame } = input;
    this.#input = input;
    this.#scale = scale;
    this.card = card;
    this.colors = input.colors;
    const aspect = frame.width / frame.height;
    this.shape = aspect > 1.2 ? "wide" : aspect > 0.75 ? "square" : "tall";
    this.unit = Math.min(frame.width, frame.height) * ROOM[this.shape];
    this.area = areaOf(frame, this.shape, input.captioned);
    this.rightToLeft = isRightToLeft([card.title ?? "", ...card.text].join(" "));
  }

  /** English when none is known: capitals are needed of some. */
  get language(): string {
    return this.#input.language ?? "en";
  }

  get start(): "left" | "right" {
    return this.rightToLeft ? "right" : "left";
  }

  /** Nothing for a part that the card does not have. */
  text(
    name: StyleName,
    paragraphs: readonly (string | null)[],
    gap: number,
    color: string,
    maxWidth = this.area.width,
  ): StackEntry[] {
    const known = paragraphs.filter((paragraph) => paragraph !== null);
    if (known.length === 0) return [];
    const set = this.#set(name, known, maxWidth, this.#scale, true);
    return set === null ? [] : [{ kind: "text", set, gap: this.gap(gap), color }];
  }

  /**
   * Large letters, made smaller by themselves until they fit their width: what stands below keeps its size. A word
   * that is too wide at every size is broken, at a size that is still a title's.
   *
   * @returns null when they take more lines than allowed at the smallest size
   */
  display(
    name: StyleName,
    words: string | null,
    gap: number,
    { maxWidth = this.area.width, maxLines, scale = this.#scale }: DisplayOptions,
  ): StackEntry[] | null {
    if (words === null) return [];
    const steps = STEPS.filter((step) => step <= scale);
    const smaller = steps.filter((step) => step <= 0.6);
    const tries = [
      ...steps.map((step) => ({ step, breakWords: false, most: maxLines })),
      ...smaller.map((step) => ({ step, breakWords: true, most: Math.min(2, maxLines) })),
      ...smaller.map((step) => ({ step, breakWords: true, most: maxLines })),
    ];
    for (const { step, breakWords, most } of tries) {
      const set = this.#set(name, [words], maxWidth, step, breakWords);
      if (set === null || set.lines.length > most) continue;
      return [{ kind: "text", set, gap: this.gap(gap), color: this.colors.title }];
    }
    return null;
  }

  #set(
    name: StyleName,
    paragraphs: readonly string[],
    maxWidth: number,
    scale: number,
    breakWords: boolean,
  ): SetText | null {
    const key = JSON.stringify([name, paragraphs, maxWidth, scale, breakWords]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const style = STYLES[name];
    // A full cell is larger to the eye than a Latin letter of the same size.
    const cells = style.size > LARGE && paragraphs.some(hasWide) ? 0.88 : 1;
    const set = setText(paragraphs, {
      style,
      faces: this.#input.faces(style.weight),
      language: this.#input.language,
      emPixels: this.unit * Math.max(style.smallest, style.size * scale * cells),
      maxWidth,
      breakWords,
    });
    this.#known.set(key, set);
    return set;
  }

  kicker(maxWidth = this.area.width): StackEntry[] {
    const { kicker } = this.card;
    const shown = kicker === null ? null : kicker.toLocaleUpperCase(this.language);
    return this.text("kicker", [shown], 0, this.colors.accentText, maxWidth);
  }

  rule(gap: number): StackEntry[] {
    const { unit, colors } = this;
    return [
      { kind: "rule", width: 0.068 * unit, height: 0.0065 * unit, gap: this.gap(gap), color: colors.accent },
    ];
  }

  /** A list's line with its number in front, on one baseline. */
  item(text: string, marker: string, gap: number, width: number): StackEntry[] {
    const { colors, unit } = this;
    const indent = 0.075 * unit;
    const [number] = this.text("marker", [marker], 0, colors.accentText, indent);
    return this.text("item", [text], gap, colors.title, width - indent).map((entry) =>
      number?.kind === "text" && entry.kind === "text"
        ? { ...entry, marker: { set: number.set, color: number.color, indent } }
        : entry,
    );
  }

  hairline(gap: number, width: number): StackEntry[] {
    return [{ kind: "rule", width, height: 0.0014 * this.unit, gap: this.gap(gap), color: this.colors.line }];
  }

  /** Blank shrinks with the letters, but less: crowded lines are harder to read than small ones. */
  gap(share: number): number {
    return share * this.unit * Math.max(0.6, this.#scale);
  }
}

/** Letters above this share of the short side are display type. */
const LARGE = 0.06;

interface DisplayOptions {
  readonly maxWidth?: number;
  readonly maxLines: number;
  readonly scale?: number;
}

/** Margins grow where captions stand: 7 % and two lines in a wide frame, the lower third and more in a tall one. */
function areaOf({ width, height }: FrameSize, shape: CardSetter["shape"], captioned: boolean): Rectangle {
  const beside = { wide: 0.094, square: 0.1, tall: 0.1 }[shape] * width;
  const above = { wide: 0.12, square: 0.12, tall: 0.13 }[shape] * height;
  const below = (
    captioned ? { wide: 0.26, square: 0.26, tall: 0.46 } : { wide: 0.12, square: 0.12, tall: 0.16 }
  )[shape];
  return { x: beside, y: above, width: width - 2 * beside, height: height - above - below * height };
}
