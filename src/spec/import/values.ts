/** Small values that several formats write alike. */

const NAMED_COLORS: Readonly<Record<string, string>> = {
  black: "#000000",
  white: "#ffffff",
  red: "#ff0000",
  green: "#008000",
  blue: "#0000ff",
  yellow: "#ffff00",
  orange: "#ffa500",
  purple: "#800080",
  pink: "#ffc0cb",
  cyan: "#00ffff",
  magenta: "#ff00ff",
  gray: "#808080",
  grey: "#808080",
};

/**
 * CSS hexadecimal (transparency dropped) or one of the common names -> `#rrggbb`; null for all else.
 * @param alphaFirst eight digits begin with the transparency instead of ending with it
 */
export function readColor(text: string, alphaFirst = false): string | null {
  const plain = text.trim().toLowerCase();
  if (Object.hasOwn(NAMED_COLORS, plain)) return NAMED_COLORS[plain] ?? null;
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(plain)?.[1];
  if (digits === undefined) return null;
  if (digits.length === 8) return `#${alphaFirst ? digits.slice(2) : digits.slice(0, 6)}`;
  return `#${digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits}`;
}

/** `0.5`, `"0.5"` or `"-6dB"` -> linear gain; null for all else. */
export function readGain(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : null;
  if (typeof value !== "string") return null;
  const decibels = /^\s*([+-]?\d+(?:\.\d+)?)\s*dB\s*$/i.exec(value)?.[1];
  const gain = decibels === undefined ? Number(value) : 10 ** (Number(decibels) / 20);
  return value.trim() !== "" && Number.isFinite(gain) && gain >= 0 ? gain : null;
}

/** Finer than any frame; sums of decimals are not to be seen. */
export function roundSeconds(seconds: number): number {
  return Math.round(seconds * 10_000) / 10_000;
}

/** Frames are even-sided. */
export function evenPixels(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}
