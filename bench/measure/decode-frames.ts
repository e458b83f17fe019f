/** Decoded luma frames of a film, through libav in this process (a bench is its own process). */
import { type AVCodecID, AVERROR_EAGAIN, AVERROR_EOF, AVMEDIA_TYPE_VIDEO } from "node-av/constants";
import { Codec, CodecContext, FormatContext, Frame, Packet } from "node-av/lib";
import type { LumaFrame } from "./luma-frame.ts";

export interface DecodeWindow {
  /** Frames to pass over before the first one that is handed out. */
  readonly skip?: number;
  readonly frames?: number;
}

/** The first video stream of a file, in presentation order. */
export function* decodeFile(path: string, window: DecodeWindow = {}): Generator<LumaFrame> {
  const input = new FormatContext();
  check(input.openInputSync(path), `open ${path}`);
  try {
    check(input.findStreamInfoSync(), `read the streams of ${path}`);
    const index = input.findBestStream(AVMEDIA_TYPE_VIDEO);
    const stream = input.streams[index];
    if (stream === undefined) throw new Error(`${path} has no video stream.`);
    const decoder = openDecoder(stream.codecpar.codecId);
    check(decoder.parametersToContext(stream.codecpar), "take over the stream's parameters");
    yield* decode(decoder, readPackets(input, index), window);
  } finally {
    input.closeInputSync();
  }
}

/** Mean frame rate of a file's video stream, frames per second. */
export function frameRateOf(path: string): number {
  const input = new FormatContext();
  check(input.openInputSync(path), `open ${path}`);
  try {
    check(input.findStreamInfoSync(), `read the streams of ${path}`);
    const rate = input.streams[input.findBestStream(AVMEDIA_TYPE_VIDEO)]?.avgFrameRate;
    return rate === undefined ? 30 : rate.num / rate.den;
  } finally {
    input.closeInputSync();
  }
}

function openDecoder(codecId: AVCodecID): CodecContext {
  const codec = Codec.findDecoder(codecId);
  if (codec === null) throw new Error(`No decoder for codec ${codecId}.`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.threadCount = 1;
  return context;
}

function* readPackets(input: FormatContext, index: number): Generator<Packet> {
  const packet = new Packet();
  packet.alloc();
  try {
    while (input.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === index) yield packet;
      packet.unref();
    }
  } finally {
    packet.free();
  }
}

function* decode(
  decoder: CodecContext,
  packets: Iterable<Packet>,
  window: DecodeWindow,
): Generator<LumaFrame> {
  const frame = new Frame();
  frame.alloc();
  const [skip, end] = [window.skip ?? 0, (window.skip ?? 0) + (window.frames ?? Number.POSITIVE_INFINITY)];
  let count = 0;
  try {
    check(decoder.open2Sync(null, null), "open the decoder");
    const feed = function* (): Generator<Packet | null> {
      yield* packets;
      yield null;
    };
    for (const packet of feed()) {
      check(decoder.sendPacketSync(packet), "decode a packet");
      for (;;) {
        const code = decoder.receiveFrameSync(frame);
        if (code === AVERROR_EAGAIN || code === AVERROR_EOF) break;
        check(code, "decode a frame");
        if (count >= end) return;
        if (count++ >= skip) yield lumaOf(frame);
      }
    }
  } finally {
    frame.free();
    decoder.freeContext();
  }
}

/** Copies: libav uses the buffer again for the next frame. 8-bit planar formats only. */
function lumaOf(frame: Frame): LumaFrame {
  const { width, height } = frame;
  const plane = frame.data?.[0];
  const stride = frame.linesize[0];
  if (plane === undefined || stride === undefined) throw new Error("A decoded frame has no luma plane.");
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) data.set(plane.subarray(y * stride, y * stride + width), y * width);
  return { width, height, data };
}

function check(code: number, what: string): void {
  if (code < 0) throw new Error(`Could not ${what}: libav error ${code}.`);
}
