/** Encodes planar 4:2:0 frames into one closed-GOP mp4 chunk. */
import {
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_CLOSED_GOP,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AVCHROMA_LOC_LEFT,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import { Codec, CodecContext, type FormatContext, Packet, Rational, type Stream } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import type { EncoderSettings } from "../../encode/profiles.ts";
import type { FrameView } from "../../motion/frame.ts";
import type { FrameFormat } from "../../plan.ts";
import { check, openMp4, setOptions } from "./av.ts";
import { FrameInput } from "./frame-input.ts";
import { leaveRealTime } from "./scheduling.ts";

/** Frames that may stand between a frame's places in decoding and in showing order: the formats' own limit. */
const MOST_REORDERED = 16;

export class VideoEncoder {
  readonly #context = new CodecContext();
  readonly #input: FrameInput;
  readonly #packet = new Packet();
  readonly #output: FormatContext;
  readonly #stream: Stream;
  #frames = 0;
  #packets = 0;
  #bytes = 0;
  #closed = false;

  constructor(path: string, format: FrameFormat, settings: EncoderSettings) {
    const codec = Codec.findEncoderByName(
      settings.encoderName as Parameters<typeof Codec.findEncoderByName>[0],
    );
    if (codec === null) {
      throw new ReelburstError(
        "ENCODER_UNAVAILABLE",
        `This FFmpeg build has no encoder ${settings.encoderName}.`,
      );
    }
    const context = this.#context;
    context.allocContext3(codec);
    context.width = format.width;
    context.height = format.height;
    context.timeBase = new Rational(format.fps.den, format.fps.num);
    context.framerate = new Rational(format.fps.num, format.fps.den);
    context.colorRange = AVCOL_RANGE_MPEG;
    context.colorPrimaries = AVCOL_PRI_BT709;
    context.colorTrc = AVCOL_TRC_BT709;
    context.colorSpace = AVCOL_SPC_BT709;
    context.chromaLocation = AVCHROMA_LOC_LEFT;
    // One thread: bytes must not depend on the number of cores, and the slots already fill them.
    context.threadCount = 1;
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT, AV_CODEC_FLAG_CLOSED_GOP);
    setOptions(context, settings.options, settings.encoderName);
    this.#input = new FrameInput(context, format, settings.surface);
    try {
      check(context.open2Sync(codec, null), `${settings.encoderName} did not open`, "ENCODER_UNAVAILABLE");
    } catch (error) {
      this.#input.close();
      throw error;
    }
    leaveRealTime();

    this.#output = openMp4(path, { video_track_timescale: String(format.fps.num) });
    this.#stream = this.#output.newStream(null);
    check(this.#stream.codecpar.fromContext(context), "codec parameters");
    this.#stream.timeBase = context.timeBase;
    this.#stream.avgFrameRate = context.framerate;
    check(this.#output.writeHeaderSync(null), `Cannot write ${path}`);

    this.#packet.alloc();
  }

  /** Of the packets written so far, without the file around them. */
  get bytes(): number {
    return this.#bytes;
  }

  encode(planes: FrameView): void {
    const frame = this.#input.fill(planes, BigInt(this.#frames));
    check(this.#context.sendFrameSync(frame), "encode");
    this.#frames += 1;
    this.#drain();
  }

  /** Flushes and writes the file's end. @returns packets written, one per frame. */
  finish(): number {
    check(this.#context.sendFrameSync(null), "flush encoder");
    this.#drain();
    check(this.#output.writeTrailerSync(), "finish chunk");
    this.close();
    if (this.#packets !== this.#frames) {
      throw new ReelburstError(
        "ENCODER_LOST_FRAMES",
        `${this.#frames} frames went in, ${this.#packets} came out.`,
      );
    }
    return this.#packets;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output.closeOutputSync();
    this.#output.freeContext();
    this.#packet.free();
    this.#context.freeContext();
    this.#input.close();
  }

  #drain(): void {
    const packet = this.#packet;
    while (this.#context.receivePacketSync(packet) >= 0) {
      packet.streamIndex = this.#stream.index;
      packet.duration = 1n;
      // x265 at its fastest leaves decode times unset when it gets fewer frames than it reorders.
      const earliest = BigInt(this.#packets - MOST_REORDERED);
      if (packet.dts < earliest || packet.dts > packet.pts) packet.dts = earliest;
      packet.rescaleTs(this.#context.timeBase, this.#stream.timeBase);
      this.#bytes += packet.size;
      check(this.#output.interleavedWriteFrameSync(packet), "write chunk");
      packet.unref();
      this.#packets += 1;
    }
  }
}
