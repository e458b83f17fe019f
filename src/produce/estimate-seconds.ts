import { secondsToFrames } from "../render/timeline.ts";
import type { Production } from "../spec/production.ts";
import { predictSeconds } from "./speed-record.ts";

export interface Estimate {
  /** Null: it can't be told from the document alone. */
  readonly seconds: number | null;
  readonly basis: string;
}

/**
 * What a render takes by the document alone, without opening a source: an upper estimate, because nothing is known of
 * the cache. Scenes as long as their narration can't be told of before it is decoded.
 */
export async function estimateSeconds(
  cacheDirectory: string,
  production: Production,
  slots: number,
): Promise<Estimate> {
  const { width, height, fps } = production.output;
  let frames = 0;
  for (const { duration } of production.scenes) {
    if (duration === "auto")
      return {
        seconds: null,
        basis: "scenes as long as their narration: POST it to /v1/quotes for a prediction",
      };
    frames += secondsToFrames(duration, fps);
  }
  const plan = { framesToRender: frames, width, height };
  const { predictedSeconds, predictedBasis } = await predictSeconds(cacheDirectory, production, plan, slots);
  return { seconds: predictedSeconds, basis: `${predictedBasis}; nothing is taken from the cache` };
}
