import { digestOf } from "../support/hash.ts";
import type { ChunkPlan } from "./plan.ts";

/** A chunk's name in the cache: everything that determines its pixels, and nothing else. */
export function chunkKey(plan: ChunkPlan): string {
  return `chunk-${digestOf(plan)}`;
}
