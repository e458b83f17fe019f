/** Puts videos of one coding behind each other without touching their pictures, with one sound beside them. */
import { setImmediate } from "node:timers/promises";
import { AV_NOPTS_VALUE } from "node-av/constants";
import { type FormatContext, Rational, type Stream } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { ReelburstError } from "../../../support/errors.ts";
import { check, openMp4 } from "../libav/av.ts";
import { SoundCopier } from "../libav/sound-copier.ts";
import { VideoInput } from "../libav/video-input.ts";
import type { TaskContext } from "../protocol.ts";

export interface JoinVideosInput {
  readonly pieces: readonly {
    readonly path: string;
    readonly frames: number;
    readonly firstTick: number;
    /** Where its first frame stands in the film, in ticks of `timescale`. */
    readonly startTick: number;
    /** Length of its last frame in ticks of `timescale`. */
    readonly lastFrameTicks: number;
  }[];
  /** Ticks of the film in a second. */
  readonly timescale: number;
  /** An .m4a as long as the film, or null. */
  readonly soundPath: string | null;
  readonly outPath: string;
}

/** @throws ReelburstError VIDEO_DAMAGED when two frames of a piece have one time, INPUT_CHANGED */
export async function joinVideos(
  input: JoinVideosInput,
  context: Pick<TaskContext, "progress">,
): Promise<void> {
  const { pieces, timescale } = input;
  const total = pieces.reduce((sum, { frames }) => sum + frames, 0);
  const times: bigint[][] = [];
  let read = 0;
  for (const piece of pieces) {
    times.push(readTimes(piece, timescale));
    read += piece.frames;
    context.progress(read, total * 2);
    await setImmediate();
  }
  // Decoding runs ahead of showing by as much as the piece that reorders most needs: one delay for the whole film, so
  // that decode times rise across every join.
  const delay = times.reduce((most, piece) => {
    const own = delayOf(piece);
    return own > most ? own : most;
  }, 0n);
  const output = openMp4(input.outPath, { movflags: "+faststart", video_track_timescale: String(timescale) });
  const first = new VideoInput((pieces[0] as (typeof pieces)[0]).path);
  let sound: SoundCopier | null = null;
  try {
    sound = input.soundPath === null ? null : new SoundCopier(input.soundPath);
    const video = addStream(output, first.stream, timescale);
    const beside = sound === null ? null : addStream(output, sound.stream, 48_000);
    check(output.writeHeaderSync(null), "write film");
    if (video.timeBase.num !== 1 || video.timeBase.den !== timescale)
      throw new ReelburstError("PLAN_INVALID", `A film cannot count ${timescale} ticks a second.`);
    let written = 0;
    for (const [place, piece] of pieces.entries()) {
      const shown = times[place] as bigint[];
      const decoded = shown.toSorted((a, b) => (a < b ? -1 : 1));
      const source = new VideoInput(piece.path);
      try {
        for (const [index, pts] of shown.entries()) {
          const packet = source.readPacket();
          if (packet === null) throw changed(piece.path);
          const dts = (decoded[index] as bigint) - delay;
          packet.pts = pts;
          packet.dts = dts;
          const next = decoded[index + 1];
          packet.duration =
            next === undefined ? BigInt(piece.lastFrameTicks) : next - (decoded[index] as bigint);
          packet.streamIndex = video.index;
          sound?.writeUpTo(Number(dts) / timescale, output, beside);
          check(output.interleavedWriteFrameSync(packet), "write film");
          written += 1;
          if (written % 512 === 0) {
            context.progress(total + written, total * 2);
            await setImmediate();
          }
        }
      } finally {
        source.close();
      }
    }
    sound?.writeUpTo(Number.POSITIVE_INFINITY, output, beside);
    check(output.writeTrailerSync(), "finish film");
    context.progress(total * 2, total * 2);
  } finally {
    first.close();
    sound?.close();
    output.closeOutputSync();
    output.freeContext();
  }
}

/** Times at which a piece's packets are shown, in the film's ticks and in order of the file. */
function readTimes(piece: JoinVideosInput["pieces"][number], timescale: number): bigint[] {
  const input = new VideoInput(piece.path);
  try {
    const times: bigint[] = [];
    for (let packet = input.readPacket(); packet !== null; packet = input.readPacket()) {
      if (packet.pts === AV_NOPTS_VALUE) throw damaged(piece.path);
      times.push(
        BigInt(piece.startTick) + filmTicks(packet.pts - BigInt(piece.firstTick), input.timeBase, timescale),
      );
    }
    if (times.length !== piece.frames) throw changed(piece.path);
    if (new Set(times).size !== times.length) throw damaged(piece.path);
    return times;
  } finally {
    input.close();
  }
}

/** Ticks of a piece in ticks of the film, to the nearest. */
function filmTicks(ticks: bigint, { num, den }: Fraction, timescale: number): bigint {
  const scaled = ticks * BigInt(num) * BigInt(timescale);
  return (2n * scaled + BigInt(den)) / (2n * BigInt(den));
}

/** How long before its place in showing order a packet has to be decoded. */
function delayOf(shown: readonly bigint[]): bigint {
  const sorted = shown.toSorted((a, b) => (a < b ? -1 : 1));
  return shown.reduce((most, pts, index) => {
    const early = (sorted[index] as bigint) - pts;
    return early > most ? early : most;
  }, 0n);
}

function addStream(output: FormatContext, source: Stream, timescale: number): Stream {
  const stream = output.newStream(null);
  check(source.codecpar.copy(stream.codecpar), "copy parameters");
  // Apple's players know HEVC by this name only.
  stream.codecpar.codecTag = source.codecpar.codecTagString === "hvc1" ? "hvc1" : 0;
  stream.timeBase = new Rational(1, timescale);
  stream.avgFrameRate = source.avgFrameRate;
  stream.sampleAspectRatio = source.sampleAspectRatio;
  return stream;
}

function damaged(path: string): ReelburstError {
  return new ReelburstError("VIDEO_DAMAGED", `${path} is damaged: frames without a time of their own.`, {
    path,
    hint: "Join with --reencode.",
  });
}

function changed(path: string): ReelburstError {
  return new ReelburstError("INPUT_CHANGED", `${path} was changed while it was read.`, {
    path,
    hint: "Run again when nothing writes to it any more.",
  });
}
