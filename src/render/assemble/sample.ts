/** Which chunks are decoded to their end before what they are part of is published. Pure. */
import { digestOf } from "../../support/hash.ts";
import type { PlacedChunk } from "../plan.ts";

/** Looking into every chunk would cost a twelfth of rendering it; this share costs half a hundredth. */
const SHARE = 1 / 16;

/**
 * Chosen by a hash of the plan: other places in every film, the same ones for the same film. At least one, and at
 * least one with a caption when there is any.
 *
 * @param chunks of the film; or of all scenes' own files together, since for each of them one would be most of it
 */
export function sampleChunks(chunks: readonly PlacedChunk[]): ReadonlySet<PlacedChunk> {
  const seed = digestOf(chunks.map((chunk) => chunk.key));
  const order = chunks
    .map((chunk, index) => ({ chunk, rank: digestOf([seed, index]) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ chunk }) => chunk);
  const sample = new Set(order.slice(0, Math.max(1, Math.ceil(chunks.length * SHARE))));
  const captioned = ({ plan }: PlacedChunk): boolean => plan.captions.length > 0;
  if (![...sample].some(captioned)) {
    const one = order.find(captioned);
    if (one !== undefined) sample.add(one);
  }
  return sample;
}
