/** Reads packets and decodes frames of our own mp4 files. */
import { AVERROR_EOF, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from "node-av/constants";
import { Codec, CodecContext, type FormatContext, Frame, Packet, type Stream } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import { check, openInput } from "./av.ts";

export const MP4_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2";

export function openMp4Input(path: string, code: string): FormatContext {
  return openInput(path, MP4_DEMUXERS, code);
}

/** For packets alone: an mp4's header says where they are and when they show; no frame is decoded. */
export function openMp4Packets(path: string, code: string): FormatContext {
  return openInput(path, MP4_DEMUXERS, code, false);
}

export function streamOfType(input: FormatContext, kind: "video" | "audio"): Stream | null {
  const index = input.findBestStream(kind === "video" ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO);
  return index < 0 ? null : (input.streams[index] ?? null);
}

/** Calls back for every packet of the file; the packet is only valid during the call. */
export function forEachPacket(input: FormatContext, visit: (packet: Packet) => void): void {
  const packet = new Packet();
  packet.alloc();
  try {
    for (;;) {
      const result = input.readFrameSync(packet);
      if (result === AVERROR_EOF) return;
      check(result, "read packet");
      visit(packet);
      packet.unref();
    }
  } finally {
    packet.free();
  }
}

/** A decoder for one stream. Frames passed to the callback are only valid during the call. */
export class StreamDecoder {
  readonly #context = new CodecContext();
  readonly #frame = new Frame();

  constructor(stream: Stream) {
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    if (codec === null)
      throw new ReelburstError("DECODER_UNAVAILABLE", "This FFmpeg build cannot decode the stream.");
    this.#context.allocContext3(codec);
    check(this.#context.parametersToContext(stream.codecpar), "decoder");
    this.#context.threadCount = 1;
    check(this.#context.open2Sync(codec, null), "decoder");
    this.#frame.alloc();
  }

  /** Feeds one packet (null flushes). */
  decode(packet: Packet | null, visit: (frame: Frame) => void): void {
    check(this.#context.sendPacketSync(packet), "decode");
    while (this.#context.receiveFrameSync(this.#frame) >= 0) {
      visit(this.#frame);
      this.#frame.unref();
    }
  }

  /** true: of the packets that follow, those that no other frame refers to are passed over. */
  skipUnreferenced(skip: boolean): void {
    check(this.#context.setOption("skip_frame", skip ? "noref" : "default"), "decoder");
  }

  /** Forgets everything seen; the next packet must be a keyframe. */
  reset(): void {
    this.#context.flushBuffers();
  }

  close(): void {
    this.#frame.free();
    this.#context.freeContext();
  }
}
