/** Which chunks of a film are decoded to their end before it is published. Pure. */
import { digestOf } from "../../support/hash.ts";
import type { PlacedChunk } from "../plan.ts";

/** Decoding every frame would cost a twentieth of rendering it; this share of it is below anything a user notices. */
const SHARE = 1 / 16;

/**
 * Chosen by a hash of the film's plan: for every film other places, for the same film always the same. At least two,
 * and at least one with a caption when the film has any.
 *
 * @returns indices into `chunks`
 */
export function sampleChunks(chunks: readonly PlacedChunk[]): ReadonlySet<number> {
  const seed = digestOf(chunks.map((chunk) => chunk.key));
  const ranks = new Map(chunks.map((chunk, index) => [index, digestOf([seed, chunk.startFrame])]));
  const order = [...ranks.keys()].sort((a, b) =>
    (ranks.get(a) as string) < (ranks.get(b) as string) ? -1 : 1,
  );
  const sample = new Set(order.slice(0, Math.max(2, Math.ceil(chunks.length * SHARE))));
  const captioned = (index: number): boolean => (chunks[index]?.plan.captions.length ?? 0) > 0;
  if (![...sample].some(captioned)) {
    const one = order.find(captioned);
    if (one !== undefined) sample.add(one);
  }
  return sample;
}
