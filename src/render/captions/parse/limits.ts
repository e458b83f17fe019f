import { ReelburstError } from "../../../support/errors.ts";

/** What one caption file may hold. A film of three hours has about 3,000 cues. */
export const CAPTION_LIMITS = {
  fileBytes: 8 * 1024 * 1024,
  cues: 10_000,
  words: 100_000,
  /** Of all cues: three hours of fast speech are 200,000. Layout keeps a record for each spoken word, so more is memory. */
  allCharacters: 1_000_000,
  /** Of one cue. The longest readable cue is about 150; the rest is an attack or a broken file. */
  characters: 1_000,
  /** Combining marks on one letter. Real scripts need four; a stack of hundreds costs the rasteriser dearly. */
  marksPerLetter: 8,
} as const;

/** @throws ReelburstError CAPTIONS_TOO_LARGE */
export function refuseTooLarge(what: string, found: number, limit: number): void {
  if (found <= limit) return;
  const count = (value: number) => value.toLocaleString("en-US");
  throw new ReelburstError(
    "CAPTIONS_TOO_LARGE",
    `The caption file has ${count(found)} ${what}. The limit is ${count(limit)}.`,
    {
      hint: "Split the captions over several scenes.",
    },
  );
}
