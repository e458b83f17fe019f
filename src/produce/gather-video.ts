/** Fetching videos: what is in them, the part of them that is wanted, their sound. */
import type { VideoFacts } from "../render/process/tasks/probe-video.ts";
import { type VideoRange, videoRange } from "../render/video-time.ts";
import type { VideoSource } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf } from "../support/hash.ts";
import { GATHER_VERSION, type GatheredSound, type ReadContext, readSound } from "./gather-sound.ts";
import type { InputMarks } from "./input-marks.ts";

export async function readVideo(
  src: string,
  digest: string,
  marks: InputMarks,
  context: ReadContext,
): Promise<{ digest: string; facts: VideoFacts }> {
  const key = `facts-${digestOf({ of: "video", version: GATHER_VERSION, digest })}`;
  const known = await context.cache.get(key);
  if (known !== null) return { digest, facts: known.meta["facts"] as VideoFacts };
  const facts = await context.runner.run("probeVideo", { path: src }, { signal: context.signal });
  await marks.requireUnchanged(src);
  await context.cache.putMeta(key, { facts });
  return { digest, facts };
}

/** Seconds on the file's clock at which its first frame is shown. */
function firstMoment({ firstTick, timeBase }: VideoFacts): number {
  return (firstTick * timeBase.num) / timeBase.den;
}

/** Lengths are read off other programs, which round. */
const TRIM_SLACK_SECONDS = 0.1;

/** @throws ReelburstError TRIM_BEYOND_END */
export function trimmed(video: VideoSource, facts: VideoFacts): VideoRange {
  const { from, to } = video.trim;
  const beyond =
    from >= facts.seconds ? from : to !== null && to > facts.seconds + TRIM_SLACK_SECONDS ? to : null;
  if (beyond !== null) {
    throw new ReelburstError(
      "TRIM_BEYOND_END",
      `The part to show ${beyond === from ? "begins" : "ends"} at ${beyond} s; the video is ${facts.seconds.toFixed(2)} s long.`,
      { hint: "Stay within the video; without to, it is shown to its end." },
    );
  }
  return videoRange(video.trim, facts.seconds);
}

/** The sound that goes with the picture, from its first frame on; null when there is none. */
export async function readVideoSound(
  src: string,
  digest: string,
  facts: VideoFacts,
  marks: InputMarks,
  context: ReadContext,
): Promise<GatheredSound | null> {
  if (!facts.hasSound) return null;
  const originSeconds = firstMoment(facts);
  const name = digestOf({ of: "video sound", digest, originSeconds });
  try {
    return await readSound(src, name, marks, context, originSeconds);
  } catch (error) {
    const { code, message, path, retryable } = ReelburstError.from(error);
    if (!code.startsWith("AUDIO_") && code !== "FORMAT_NOT_ALLOWED") throw error;
    throw new ReelburstError(code, message, {
      path,
      retryable,
      hint: "Export its sound as AAC, or leave it out with volume: 0.",
      cause: error,
    });
  }
}
