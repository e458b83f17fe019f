/** Task: what a video file is made of. Reads every packet, so that times are known and a missing end is noticed. */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_FRAME_FLAG_INTERLACED,
  AV_NOPTS_VALUE,
  AVCOL_PRI_BT2020,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_SMPTE2084,
} from "node-av/constants";
import { Frame, type Stream } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { ReelburstError } from "../../../support/errors.ts";
import { readTurn, type Turn } from "../libav/video-geometry.ts";
import { isShown, VideoInput } from "../libav/video-input.ts";
import { MAX_VIDEO_FRAMES, MAX_VIDEO_SECONDS } from "../limits.ts";
import type { TaskContext } from "../protocol.ts";

export interface VideoFacts {
  /** Pixels as shown: upright, square. */
  readonly width: number;
  readonly height: number;
  /** FFmpeg's names, e.g. `h264` and `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly codec: string;
  readonly container: string;
  readonly frames: number;
  /** Seconds of one tick. */
  readonly timeBase: Fraction;
  /** Ticks of the first and the last frame that are shown. The first one's moment is second 0 of the video. */
  readonly firstTick: number;
  readonly lastTick: number;
  /** From the first frame's moment to the end of the last one. */
  readonly seconds: number;
  readonly interlaced: boolean;
  readonly hasSound: boolean;
  /** Frames per second on average, as the container says. */
  readonly rate: Fraction;
  /** What must be alike in two videos for one to follow the other without re-encoding: name -> value, for people. */
  readonly coding: Readonly<Record<string, string>>;
  /** The first frame needs no other, and no frame is hidden by an edit list. */
  readonly startsClean: boolean;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Frames looked at for what only decoding tells: the turn, the shape of pixels, fields. */
const FRAMES_EXAMINED = 4;
/** Containers round what they say about their length, and count from different beginnings. */
const TOLERATED_LOSS_SECONDS = 0.5;
const PACKETS_BETWEEN_PAUSES = 2000;

/**
 * @throws ReelburstError FORMAT_NOT_ALLOWED, VIDEO_UNREADABLE, VIDEO_TRUNCATED, VIDEO_NO_PICTURE, VIDEO_TOO_LARGE,
 *   VIDEO_TOO_LONG, VIDEO_DAMAGED, VIDEO_HDR_UNSUPPORTED
 */
export async function probeVideo(
  { path }: { readonly path: string },
  context: Pick<TaskContext, "progress">,
): Promise<VideoFacts> {
  const times = await readTimes(path, context);
  const input = new VideoInput(path);
  const frame = new Frame();
  frame.alloc();
  try {
    const looks: Look[] = [];
    while (looks.length < FRAMES_EXAMINED && input.readFrame(frame) !== null) {
      looks.push(describeFrame(frame));
      frame.unref();
    }
    const [first] = looks;
    if (first === undefined) throw noPicture(path);
    const look = { ...first, interlaced: looks.some(({ interlaced }) => interlaced) };
    if (look.hdr !== null) {
      throw new ReelburstError(
        "VIDEO_HDR_UNSUPPORTED",
        `${path} is HDR video (${look.hdr}); its colours cannot be shown yet.`,
        {
          path,
          hint: "Export it as SDR (BT.709).",
        },
      );
    }
    return {
      width: look.width,
      height: look.height,
      interlaced: look.interlaced,
      codec: input.codecName,
      container: input.formatName,
      timeBase: input.timeBase,
      ...times,
      hasSound: input.hasSound,
      rate: { num: input.stream.avgFrameRate.num, den: Math.max(1, input.stream.avgFrameRate.den) },
      coding: codingOf(input.stream, input.codecName, look.turn),
      warnings: warningsOf(path, look, input.videoStreams),
    };
  } finally {
    frame.free();
    input.close();
  }
}

async function readTimes(
  path: string,
  context: Pick<TaskContext, "progress">,
): Promise<Pick<VideoFacts, "frames" | "firstTick" | "lastTick" | "seconds" | "startsClean">> {
  const input = new VideoInput(path, "all");
  try {
    const { statedSeconds, statedFrames, timeBase } = input;
    const tickSeconds = timeBase.num / timeBase.den;
    let first: bigint | null = null;
    let last = 0n;
    let lastDuration = 0n;
    let frames = 0;
    let packets = 0;
    let firstKey: bigint | null = null;
    for (let packet = input.readPacket(); packet !== null; packet = input.readPacket()) {
      packets += 1;
      const tick = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
      if (packets === 1 && packet.isKeyframe) firstKey = tick;
      if (isShown(packet) && tick !== AV_NOPTS_VALUE) {
        frames += 1;
        if (first === null || tick < first) first = tick;
        if (frames === 1 || tick > last) {
          last = tick;
          lastDuration = packet.duration;
        }
        const seconds = Number(last - first) * tickSeconds;
        if (frames > MAX_VIDEO_FRAMES || seconds > MAX_VIDEO_SECONDS) throw tooLong(path);
      }
      if (packets % PACKETS_BETWEEN_PAUSES === 0) {
        context.progress(packets, Math.max(packets, statedFrames));
        await setImmediate();
      }
    }
    if (first === null) throw noPicture(path);
    const usual = frames > 1 ? (last - first) / BigInt(frames - 1) : 0n;
    const shown = Number(last - first + (lastDuration > 0n ? lastDuration : usual)) * tickSeconds;
    const seconds = Math.max(tickSeconds, shown);
    if (
      input.brokenOff ||
      packets < statedFrames ||
      statedSeconds - input.endSeconds > TOLERATED_LOSS_SECONDS
    ) {
      throw new ReelburstError(
        "VIDEO_TRUNCATED",
        `${path} is cut off: it says it is ${statedSeconds.toFixed(2)} s long and ends after ${input.endSeconds.toFixed(2)} s.`,
        { path, hint: "Copy, download or export the file again." },
      );
    }
    if (!Number.isSafeInteger(Number(first)) || !Number.isSafeInteger(Number(last))) throw tooLong(path);
    const startsClean = firstKey === first && frames === packets;
    return { frames, firstTick: Number(first), lastTick: Number(last), seconds, startsClean };
  } finally {
    input.close();
  }
}

interface Look {
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly turn: string;
  readonly hdr: string | null;
  readonly wideColours: boolean;
}

function describeFrame(frame: Frame): Look {
  const turn = readTurn(frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX));
  const { num, den } = frame.sampleAspectRatio;
  const width = Math.max(1, Math.round(num > 0 && den > 0 ? (frame.width * num) / den : frame.width));
  const transfer: number = frame.colorTrc;
  return {
    width: turn.transpose ? frame.height : width,
    height: turn.transpose ? width : frame.height,
    interlaced: isInterlaced(frame),
    turn: nameTurn(turn),
    hdr: transfer === AVCOL_TRC_SMPTE2084 ? "PQ" : transfer === AVCOL_TRC_ARIB_STD_B67 ? "HLG" : null,
    wideColours: frame.colorPrimaries === AVCOL_PRI_BT2020,
  };
}

function nameTurn({ transpose, mirror, flip }: Turn): string {
  return (
    [transpose && "transposed", mirror && "mirrored", flip && "flipped"].filter(Boolean).join(", ") ||
    "upright"
  );
}

function codingOf(stream: Stream, codec: string, turn: string): VideoFacts["coding"] {
  const { codecpar } = stream;
  const { num, den } = codecpar.sampleAspectRatio;
  const parameters = createHash("sha256")
    .update(codecpar.extradata ?? Buffer.alloc(0))
    .digest("hex");
  return {
    codec,
    size: `${codecpar.width} x ${codecpar.height}`,
    "pixel format": String(codecpar.format),
    "shape of pixels": num > 0 && den > 0 ? `${num}:${den}` : "1:1",
    turn,
    colours: [codecpar.colorSpace, codecpar.colorPrimaries, codecpar.colorTrc, codecpar.colorRange].join("/"),
    // The parameter sets: profile, level, reference frames, everything the decoder is set up with.
    "encoder parameters": parameters.slice(0, 12),
  };
}

function isInterlaced(frame: Frame): boolean {
  return frame.hasFlags(AV_FRAME_FLAG_INTERLACED);
}

function warningsOf(path: string, look: Look, videoStreams: number): VideoFacts["warnings"] {
  const warnings: { code: string; message: string }[] = [];
  if (look.interlaced)
    warnings.push({ code: "VIDEO_INTERLACED", message: `${path} is interlaced; its fields are joined.` });
  if (look.wideColours) {
    warnings.push({
      code: "VIDEO_COLOURS_APPROXIMATE",
      message: `${path} has wide colours (BT.2020); they look a little paler in the film.`,
    });
  }
  if (videoStreams > 1) {
    warnings.push({
      code: "VIDEO_EXTRA_STREAMS",
      message: `${path} has ${videoStreams} picture tracks; the first one is used.`,
    });
  }
  return warnings;
}

function noPicture(path: string): ReelburstError {
  return new ReelburstError("VIDEO_NO_PICTURE", `${path} contains no frame that could be shown.`, {
    path,
    hint: "Was it exported completely?",
  });
}

function tooLong(path: string): ReelburstError {
  return new ReelburstError(
    "VIDEO_TOO_LONG",
    `${path} is longer than is accepted (${MAX_VIDEO_SECONDS / 3600} hours).`,
    {
      path,
      hint: "Cut it into shorter files.",
    },
  );
}
