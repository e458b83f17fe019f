/** Joins chunks by stream copy and lays one audio stream beside them. No picture is decoded, none encoded. */
import { setImmediate } from "node:timers/promises";
import type { FormatContext, Stream } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { ReelburstError } from "../../../support/errors.ts";
import { check, openMp4 } from "../libav/av.ts";
import { SoundCopier } from "../libav/sound-copier.ts";
import { forEachPacket, openMp4Input, openMp4Packets, streamOfType } from "../libav/video-reader.ts";
import type { TaskContext } from "../protocol.ts";

export interface AssembleInput {
  /** In order; each begins where the one before ends. */
  readonly chunks: readonly { readonly path: string; readonly frames: number }[];
  /** An .m4a with one AAC stream as long as the film, or null for a film without sound. */
  readonly audioPath: string | null;
  readonly fps: Fraction;
  readonly outPath: string;
}

export interface AssembleOutput {
  readonly frames: number;
  readonly audioPackets: number;
}

/** @throws ReelburstError CHUNKS_DIFFER, CHUNK_DAMAGED, DISK_FULL */
export async function assemble(input: AssembleInput, context: TaskContext): Promise<AssembleOutput> {
  const first = input.chunks[0];
  if (first === undefined) throw new ReelburstError("PLAN_INVALID", "There are no chunks to join.");
  const output = openMp4(input.outPath, {
    movflags: "+faststart",
    video_track_timescale: String(input.fps.num),
  });
  const opened = openMp4Input(first.path, "CHUNK_DAMAGED");
  const audio = input.audioPath === null ? null : new SoundCopier(input.audioPath);
  try {
    const video = copyStream(output, streamOfType(opened, "video"), "CHUNK_DAMAGED");
    const parameters = Buffer.from(streamOfType(opened, "video")?.codecpar.extradata ?? []);
    const sound = audio === null ? null : copyStream(output, audio.stream, "SOUND_DAMAGED");
    check(output.writeHeaderSync(null), "write film");
    // libavformat chooses the final time base when it writes the header.
    const ticksPerFrame = exactTicks(video, input.fps);
    const delay = BigInt(streamOfType(opened, "video")?.codecpar.videoDelay ?? 0);

    let frames = 0;
    for (const chunk of input.chunks) {
      const file = openMp4Packets(chunk.path, "CHUNK_DAMAGED");
      try {
        const stream = streamOfType(file, "video");
        if (stream === null || !parameters.equals(stream.codecpar.extradata ?? Buffer.alloc(0))) {
          throw new ReelburstError(
            "CHUNKS_DIFFER",
            `${chunk.path} was encoded with other parameters than the first chunk.`,
          );
        }
        const times: ChunkTimes = { startFrame: frames, ticksPerFrame, delay };
        const found = copyChunk(file, stream, output, video, times, (seconds) =>
          audio?.writeUpTo(seconds, output, sound),
        );
        if (found !== chunk.frames) {
          throw new ReelburstError(
            "CHUNK_DAMAGED",
            `${chunk.path} holds ${found} frames, ${chunk.frames} were rendered.`,
            { path: chunk.path, retryable: true },
          );
        }
        frames += found;
      } finally {
        file.closeInputSync();
      }
      context.progress(
        frames,
        input.chunks.reduce((sum, each) => sum + each.frames, 0),
      );
      await setImmediate();
    }
    audio?.writeUpTo(Number.POSITIVE_INFINITY, output, sound);
    check(output.writeTrailerSync(), "finish film");
    return { frames, audioPackets: audio?.packets ?? 0 };
  } finally {
    opened.closeInputSync();
    audio?.close();
    output.closeOutputSync();
    output.freeContext();
  }
}

function copyStream(output: FormatContext, source: Stream | null, code: string): Stream {
  if (source === null) throw new ReelburstError(code, "A rendered part has no stream.", { retryable: true });
  const stream = output.newStream(null);
  check(source.codecpar.copy(stream.codecpar), "copy parameters");
  stream.codecpar.codecTag = 0;
  stream.timeBase = source.timeBase;
  stream.avgFrameRate = source.avgFrameRate;
  return stream;
}

/** A frame must be a whole number of ticks, or the film's time would be rounded. */
function exactTicks(stream: Stream, fps: Fraction): bigint {
  const { num, den } = stream.timeBase;
  const ticks = (den * fps.den) / (num * fps.num);
  if (!Number.isInteger(ticks))
    throw new ReelburstError(
      "PLAN_INVALID",
      `${fps.num}/${fps.den} fps does not fit a time base of ${num}/${den}.`,
    );
  return BigInt(ticks);
}

interface ChunkTimes {
  readonly startFrame: number;
  readonly ticksPerFrame: bigint;
  /** Frames by which decoding runs ahead of showing, the same over the whole film. */
  readonly delay: bigint;
}

/**
 * Decode times are made anew, one frame apart over the whole film. Those in the chunks do not always interlock: an
 * encoder that gets fewer frames than it reorders (a scene of one frame) starts them later than in a longer chunk.
 */
function copyChunk(
  file: FormatContext,
  stream: Stream,
  output: FormatContext,
  target: Stream,
  times: ChunkTimes,
  beforePacket: (seconds: number) => void,
): number {
  let frames = 0;
  const index = stream.index;
  const from = stream.timeBase;
  forEachPacket(file, (packet) => {
    if (packet.streamIndex !== index) return;
    packet.rescaleTs(from, target.timeBase);
    packet.pts += BigInt(times.startFrame) * times.ticksPerFrame;
    packet.dts = (BigInt(times.startFrame + frames) - times.delay) * times.ticksPerFrame;
    packet.streamIndex = target.index;
    beforePacket((Number(packet.dts) * target.timeBase.num) / target.timeBase.den);
    check(output.interleavedWriteFrameSync(packet), "write film");
    frames += 1;
  });
  return frames;
}
