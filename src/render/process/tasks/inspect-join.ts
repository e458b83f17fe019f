/**
 * Holds a joined film against its pieces: every frame is there, and the first and the last of each piece decode to the
 * very same pixels as in the piece itself.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Frame } from "node-av/lib";
import { AudioInput } from "../libav/audio-input.ts";
import { VideoFrames } from "../libav/video-frames.ts";
import { isShown, VideoInput } from "../libav/video-input.ts";
import type { TaskContext } from "../protocol.ts";

export interface InspectJoinInput {
  readonly path: string;
  readonly timescale: number;
  readonly pieces: readonly {
    readonly path: string;
    readonly firstTick: number;
    readonly lastTick: number;
    /** In the film, in ticks of `timescale`. */
    readonly startTick: number;
    readonly lastFrameTick: number;
  }[];
  readonly hasSound: boolean;
}

export interface JoinFacts {
  readonly frames: number;
  readonly seconds: number;
  /** Parallel to the pieces. */
  readonly pieces: readonly { readonly firstSame: boolean; readonly lastSame: boolean }[];
  /** null without sound. */
  readonly soundSamples: number | null;
  readonly sizeBytes: number;
}

export async function inspectJoin(
  input: InspectJoinInput,
  context: Pick<TaskContext, "progress">,
): Promise<JoinFacts> {
  const { frames, seconds, timeBase } = measure(input.path);
  const film = new VideoFrames(input.path, false);
  const pieces: { firstSame: boolean; lastSame: boolean }[] = [];
  try {
    for (const piece of input.pieces) {
      const source = new VideoFrames(piece.path, false);
      const same = (sourceTick: number, filmTick: number): boolean => {
        const at = BigInt(Math.round((filmTick * timeBase.den) / (timeBase.num * input.timescale)));
        const [own, joined] = [source.frameAt(BigInt(sourceTick)), film.frameAt(at)];
        return (
          own !== null && joined !== null && joined.tick === at && digest(own.frame) === digest(joined.frame)
        );
      };
      try {
        const firstSame = same(piece.firstTick, piece.startTick);
        pieces.push({ firstSame, lastSame: same(piece.lastTick, piece.lastFrameTick) });
      } finally {
        source.close();
      }
      context.progress(pieces.length, input.pieces.length);
      await setImmediate();
    }
  } finally {
    film.close();
  }
  const soundSamples = input.hasSound ? countSamples(input.path) : null;
  return { frames, seconds, pieces, soundSamples, sizeBytes: statSync(input.path).size };
}

function measure(path: string): { frames: number; seconds: number; timeBase: { num: number; den: number } } {
  const input = new VideoInput(path);
  try {
    const { timeBase } = input;
    let frames = 0;
    let [first, end] = [Number.POSITIVE_INFINITY, 0];
    for (let packet = input.readPacket(); packet !== null; packet = input.readPacket()) {
      if (isShown(packet)) frames += 1;
      first = Math.min(first, Number(packet.pts));
      end = Math.max(end, Number(packet.pts + packet.duration));
    }
    return { frames, seconds: ((end - first) * timeBase.num) / timeBase.den, timeBase };
  } finally {
    input.close();
  }
}

function countSamples(path: string): number {
  const sound = new AudioInput(path);
  try {
    let samples = 0;
    for (let block = sound.read(); block !== null; block = sound.read()) samples += block.length / 2;
    return samples;
  } finally {
    sound.close();
  }
}

/** Of what is seen, not of the padding behind each row. */
function digest(frame: Frame): string {
  const hash = createHash("sha256");
  hash.update(frame.toBuffer());
  return hash.digest("hex");
}
