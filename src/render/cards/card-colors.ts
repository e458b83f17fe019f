import type { CardSettings } from "../../spec/production.ts";

/** What a card is painted with, as #rrggbb. */
export interface CardColors {
  /** The background's middle. */
  readonly base: string;
  /** Steps of 8-bit luma by which it is lighter where light falls on it, and darker far from there. */
  readonly light: number;
  readonly shade: number;
  readonly title: string;
  readonly text: string;
  /** Of sources and names. */
  readonly faint: string;
  /** Of rules and shapes: as the user wrote it. */
  readonly accent: string;
  /** Of words: the accent, moved until it can be read. */
  readonly accentText: string;
  /** Of hairlines. */
  readonly line: string;
}

type Rgb = readonly [number, number, number];

const THEMES = {
  dark: { base: "#101013", tint: 0.035, light: 17, shade: 7, ink: "#f7f5f2" },
  light: { base: "#f3f0ea", tint: 0.05, light: 7, shade: 9, ink: "#17161a" },
} as const;

/** A colour of the user's has room below it, where the dark theme's own has none. */
const OWN_SHADE = 14;

/** Share of the ink in text that stands back: WCAG 7:1 on the themes' own backgrounds. */
const MUTED = 0.74;
/** 4.5:1 and more. */
const FAINT = 0.62;
/** WCAG's contrast for large letters. */
const LARGE_TEXT = 3;
const SMALL_TEXT = 4.5;

export function cardColors({ theme, accent, background }: CardSettings): CardColors {
  const own = background ?? mix(THEMES[theme].base, accent, THEMES[theme].tint);
  // On a background of the user's that the theme does not suit, what can be read counts.
  const dark = contrast(THEMES.dark.ink, own) >= SMALL_TEXT;
  const light = contrast(THEMES.light.ink, own) >= SMALL_TEXT;
  const suited = theme === "dark" ? (dark || !light ? "dark" : "light") : light || !dark ? "light" : "dark";
  const { ink, light: lightness, shade } = THEMES[suited];
  return {
    base: own,
    light: lightness,
    shade: background === null ? shade : OWN_SHADE,
    title: ink,
    text: mix(own, ink, MUTED),
    faint: mix(own, ink, FAINT),
    accent,
    accentText: readable(accent, own, ink, LARGE_TEXT),
    line: mix(own, ink, 0.16),
  };
}

/** `color` moved towards `ink` in steps, until it stands out from `background`. */
function readable(color: string, background: string, ink: string, wanted: number): string {
  for (let share = 0; share < 1; share += 0.1) {
    const moved = mix(color, ink, share);
    if (contrast(moved, background) >= wanted) return moved;
  }
  return ink;
}

/** `a` with a share of `b`, in the values that pictures are stored in. */
export function mix(a: string, b: string, share: number): string {
  const [x, y] = [rgbOf(a), rgbOf(b)];
  return hexOf([0, 1, 2].map((i) => (x[i] as number) + ((y[i] as number) - (x[i] as number)) * share));
}

/** WCAG 2: 1 (equal) to 21 (black on white). */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(rgbOf(a)), luminance(rgbOf(b))];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

export function rgbOf(hex: string): Rgb {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return [red, green, blue];
}

function hexOf(values: readonly number[]): string {
  return `#${values.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
