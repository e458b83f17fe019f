const segmenters = new Map<string, Intl.Segmenter>();

/**
 * A segmenter for a BCP 47 tag; an unknown or malformed tag falls back to the root locale, since Thai,
 * Chinese and Japanese dictionaries are applied by script whatever the locale.
 */
export function segmenterFor(language: string | null, granularity: "word" | "grapheme"): Intl.Segmenter {
  const key = `${granularity}:${language ?? ""}`;
  const known = segmenters.get(key);
  if (known) return known;
  const made = makeSegmenter(language, granularity);
  // The tag is the user's: without a bound, a server would keep one entry for every tag ever sent.
  if (segmenters.size < 64) segmenters.set(key, made);
  return made;
}

function makeSegmenter(language: string | null, granularity: "word" | "grapheme"): Intl.Segmenter {
  try {
    return new Intl.Segmenter(language ?? "und", { granularity });
  } catch {
    return new Intl.Segmenter("und", { granularity });
  }
}

export const graphemes = (text: string): string[] =>
  [...segmenterFor(null, "grapheme").segment(text)].map((part) => part.segment);
