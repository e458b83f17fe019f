import type { Area, Signature } from "./luma-signature.ts";

/** A look at one frame of a chunk, as it was painted: the film, decoded, must show the same. */
export interface Witness {
  /** Within the chunk. */
  readonly frame: number;
  /** A caption's box; null for the whole frame. */
  readonly area: Area | null;
  readonly painted: Signature;
  /** Of the same pixels before captions were laid over them; null for the whole frame. */
  readonly bare: Signature | null;
}

/** A chunk has a caption state for every word of a karaoke caption; a few of them prove as much as all. */
export const MOST_CAPTION_WITNESSES = 6;

/** Up to `most` of `all`, spread evenly, first and last included. */
export function spread<Item>(all: readonly Item[], most: number): Item[] {
  if (all.length <= most) return [...all];
  return Array.from(
    { length: most },
    (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))] as Item,
  );
}
