import type { PlacedChunk } from "../render/plan.ts";
import type { ProductionPlan } from "./plan-film.ts";

/** Chunks of all files, each once: a film and its scenes' own files share most of theirs. */
export function uniqueChunks(plan: ProductionPlan): PlacedChunk[] {
  return [...new Map(plan.cuts.flatMap((cut) => cut.chunks).map((chunk) => [chunk.key, chunk])).values()];
}
