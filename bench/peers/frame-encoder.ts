/** libx264 into an mp4 with FFmpeg's own defaults, on all cores: what a peer's frames go into. */
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  type FormatContext,
  type Frame,
  Packet,
  Rational,
  type Stream,
} from "node-av/lib";
import { check, openMp4, setOptions } from "../../src/render/process/libav/av.ts";

export class FrameEncoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #output: FormatContext;
  readonly #stream: Stream;
  #frames = 0;

  constructor(
    path: string,
    size: { width: number; height: number },
    options: Readonly<Record<string, string>>,
  ) {
    const codec = Codec.findEncoderByName("libx264" as Parameters<typeof Codec.findEncoderByName>[0]);
    const context = this.#context;
    context.allocContext3(codec);
    context.width = size.width;
    context.height = size.height;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.timeBase = new Rational(1, 30);
    context.framerate = new Rational(30, 1);
    context.colorRange = AVCOL_RANGE_MPEG;
    context.colorPrimaries = AVCOL_PRI_BT709;
    context.colorTrc = AVCOL_TRC_BT709;
    context.colorSpace = AVCOL_SPC_BT709;
    context.threadCount = 0;
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    setOptions(context, options, "libx264");
    check(context.open2Sync(codec, null), "open libx264");
    this.#output = openMp4(path, {});
    this.#stream = this.#output.newStream(null);
    check(this.#stream.codecpar.fromContext(context), "codec parameters");
    this.#stream.timeBase = context.timeBase;
    this.#stream.avgFrameRate = context.framerate;
    check(this.#output.writeHeaderSync(null), "write the header");
    this.#packet.alloc();
  }

  encode(frame: Frame): void {
    frame.pts = BigInt(this.#frames);
    // A decoder leaves its own frame types behind; x264 would make every frame of a still a keyframe.
    frame.pictType = AV_PICTURE_TYPE_NONE;
    check(this.#context.sendFrameSync(frame), "encode");
    this.#frames += 1;
    this.#drain();
  }

  /** @returns frames encoded */
  finish(): number {
    check(this.#context.sendFrameSync(null), "flush");
    this.#drain();
    check(this.#output.writeTrailerSync(), "write the trailer");
    this.#output.closeOutputSync();
    this.#output.freeContext();
    this.#packet.free();
    this.#context.freeContext();
    return this.#frames;
  }

  #drain(): void {
    const packet = this.#packet;
    while (this.#context.receivePacketSync(packet) >= 0) {
      packet.streamIndex = this.#stream.index;
      packet.duration = 1n;
      packet.rescaleTs(this.#context.timeBase, this.#stream.timeBase);
      check(this.#output.interleavedWriteFrameSync(packet), "write");
      packet.unref();
    }
  }
}
