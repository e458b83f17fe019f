/**
 * A film file as a player sees it: every frame, every sample, the facts of its streams. Uses libav directly and none of
 * the product's own readers, so that the two check each other.
 */
import { readFileSync } from "node:fs";
import {
  AV_LOG_ERROR,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  FFmpegError,
  FormatContext,
  Frame,
  Log,
  Packet,
  type Stream,
} from "node-av/lib";

export interface DecodedFrame {
  /** Presentation time in ticks of the stream's time base. */
  readonly pts: number;
  readonly key: boolean;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

export interface DecodedFilm {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly DecodedFrame[];
  /** Ticks of one frame. */
  readonly frameTicks: number;
  /** Interleaved stereo at the stream's rate, placed by presentation time; null without an audio stream. */
  readonly samples: Float32Array | null;
  readonly sampleRate: number;
  /** As the container states them. */
  readonly videoSeconds: number;
  readonly audioSeconds: number;
  readonly streams: number;
  readonly pixelFormat: number;
  readonly colorSpace: number;
  readonly colorPrimaries: number;
  readonly colorTransfer: number;
  readonly colorRange: number;
}

export function decodeFilm(path: string): DecodedFilm {
  Log.setLevel(AV_LOG_ERROR);
  const input = new FormatContext();
  input.allocContext();
  FFmpegError.throwIfError(input.openInputSync(`file:${path}`, null, null), "open");
  FFmpegError.throwIfError(input.findStreamInfoSync(null), "streams");
  const video = best(input, AVMEDIA_TYPE_VIDEO);
  const audio = best(input, AVMEDIA_TYPE_AUDIO);
  if (video === null) throw new Error("The film has no video stream.");
  const pictures = openDecoder(video);
  const sounds = audio === null ? null : openDecoder(audio);
  const frames: DecodedFrame[] = [];
  const blocks: { at: number; left: Float32Array; right: Float32Array }[] = [];
  const packet = new Packet();
  const frame = new Frame();
  packet.alloc();
  frame.alloc();
  const feed = (context: CodecContext, data: Packet | null, take: () => void): void => {
    FFmpegError.throwIfError(context.sendPacketSync(data), "decode");
    while (context.receiveFrameSync(frame) >= 0) {
      take();
      frame.unref();
    }
  };
  const takePicture = (): void => {
    const [y, u, v] = frame.data as Buffer[];
    const [ys = 0, us = 0, vs = 0] = frame.linesize;
    const { width, height } = frame;
    frames.push({
      pts: Number(frame.pts),
      key: frame.keyFrame === 1,
      y: tight(y as Buffer, ys, width, height),
      u: tight(u as Buffer, us, width / 2, height / 2),
      v: tight(v as Buffer, vs, width / 2, height / 2),
    });
  };
  const takeSound = (): void => {
    if (frame.format !== AV_SAMPLE_FMT_FLTP || frame.channels !== 2)
      throw new Error("Expected planar stereo float.");
    const [left, right] = (frame.extendedData ?? []).map(
      (plane) =>
        new Float32Array(plane.buffer.slice(plane.byteOffset, plane.byteOffset + frame.nbSamples * 4)),
    );
    blocks.push({ at: Number(frame.pts), left: left as Float32Array, right: right as Float32Array });
  };
  for (;;) {
    const read = input.readFrameSync(packet);
    if (read === AVERROR_EOF) break;
    FFmpegError.throwIfError(read, "read");
    if (packet.streamIndex === video.index) feed(pictures, packet, takePicture);
    else if (sounds !== null && packet.streamIndex === audio?.index) feed(sounds, packet, takeSound);
    packet.unref();
  }
  feed(pictures, null, takePicture);
  if (sounds !== null) feed(sounds, null, takeSound);
  const rate = audio?.codecpar.sampleRate ?? 0;
  const film: DecodedFilm = {
    width: video.codecpar.width,
    height: video.codecpar.height,
    frames,
    frameTicks: (video.timeBase.den * video.avgFrameRate.den) / (video.timeBase.num * video.avgFrameRate.num),
    samples: audio === null ? null : join(blocks),
    sampleRate: rate,
    videoSeconds: seconds(video),
    audioSeconds: audio === null ? 0 : seconds(audio),
    streams: input.nbStreams,
    pixelFormat: video.codecpar.format,
    colorSpace: video.codecpar.colorSpace,
    colorPrimaries: video.codecpar.colorPrimaries,
    colorTransfer: video.codecpar.colorTrc,
    colorRange: video.codecpar.colorRange,
  };
  packet.free();
  frame.free();
  pictures.freeContext();
  sounds?.freeContext();
  input.closeInputSync();
  return film;
}

/** Types of the boxes at the top of an mp4, in order of the file. */
export function topBoxes(path: string): string[] {
  const bytes = readFileSync(path);
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const small = bytes.readUInt32BE(at);
    types.push(bytes.toString("latin1", at + 4, at + 8));
    at += small === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : Math.max(8, small);
  }
  return types;
}

function best(input: FormatContext, kind: Parameters<FormatContext["findBestStream"]>[0]): Stream | null {
  const index = input.findBestStream(kind);
  return index < 0 ? null : (input.streams[index] ?? null);
}

function openDecoder(stream: Stream): CodecContext {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (codec === null) throw new Error("no decoder");
  const context = new CodecContext();
  context.allocContext3(codec);
  FFmpegError.throwIfError(context.parametersToContext(stream.codecpar), "parameters");
  context.pktTimebase = stream.timeBase;
  context.threadCount = 1;
  FFmpegError.throwIfError(context.open2Sync(codec, null), "open decoder");
  return context;
}

function seconds(stream: Stream): number {
  return (Number(stream.duration) * stream.timeBase.num) / stream.timeBase.den;
}

function tight(plane: Buffer, stride: number, width: number, height: number): Uint8Array {
  const copy = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    copy.set(plane.subarray(row * stride, row * stride + width), row * width);
  return copy;
}

function join(blocks: readonly { at: number; left: Float32Array; right: Float32Array }[]): Float32Array {
  const end = blocks.reduce((most, block) => Math.max(most, block.at + block.left.length), 0);
  const samples = new Float32Array(end * 2);
  for (const { at, left, right } of blocks) {
    for (let index = Math.max(0, -at); index < left.length; index++) {
      samples[(at + index) * 2] = left[index] as number;
      samples[(at + index) * 2 + 1] = right[index] as number;
    }
  }
  return samples;
}
