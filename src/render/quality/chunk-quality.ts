import type { CaptionContrast } from "./contrast.ts";
import type { PictureFacts } from "./picture-watch.ts";

/** What a chunk's record keeps for the quality report, so that a film from the cache has one too. */
export interface ChunkQuality {
  /** Of its packets. */
  readonly videoBytes: number;
  readonly picture: PictureFacts;
  /** Of captions that stand whole somewhere in the chunk; a few of many, spread over it. */
  readonly contrasts: readonly SeenContrast[];
}

export interface SeenContrast extends CaptionContrast {
  /** Within the chunk. */
  readonly frame: number;
}
