/** Writes float samples as .wav, .flac, .mp3 or .m4a; the format follows the file's name. */
import { writeFileSync } from "node:fs";
import {
  AV_CH_LAYOUT_MONO,
  AV_CH_LAYOUT_STEREO,
  AV_CHANNEL_ORDER_NATIVE,
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_LOG_ERROR,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AVFMT_FLAG_BITEXACT,
  type FFEncoderCodec,
} from "node-av/constants";
import { Codec, CodecContext, FormatContext, Frame, Log, Packet, Rational } from "node-av/lib";

Log.setLevel(AV_LOG_ERROR);

/** One Float32Array a channel, -1..1, all of one length. */
export interface Sound {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

const CONTAINERS = {
  flac: { encoder: "flac", container: "flac", planarFloat: false },
  mp3: { encoder: "libmp3lame", container: "mp3", planarFloat: true },
  m4a: { encoder: "aac", container: "ipod", planarFloat: true },
} as const;

/** @param bitRate bits per second; ignored by wav and flac */
export function writeSound(path: string, sound: Sound, bitRate = 96_000): void {
  const extension = path.slice(path.lastIndexOf(".") + 1);
  if (extension === "wav") writeFileSync(path, wav(sound));
  else if (extension === "flac" || extension === "mp3" || extension === "m4a")
    encode(path, sound, CONTAINERS[extension], bitRate);
  else throw new Error(`No way to write ${path}`);
}

type Container = (typeof CONTAINERS)[keyof typeof CONTAINERS];

function encode(path: string, sound: Sound, kind: Container, bitRate: number): void {
  const codec = Codec.findEncoderByName(kind.encoder as FFEncoderCodec);
  if (codec === null) throw new Error(`This FFmpeg build has no encoder ${kind.encoder}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  const layout = {
    nbChannels: sound.channels.length,
    order: AV_CHANNEL_ORDER_NATIVE,
    mask: sound.channels.length === 2 ? AV_CH_LAYOUT_STEREO : AV_CH_LAYOUT_MONO,
  };
  const format = kind.planarFloat ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
  context.sampleRate = sound.sampleRate;
  context.sampleFormat = format;
  context.channelLayout = layout;
  context.timeBase = new Rational(1, sound.sampleRate);
  context.bitRate = BigInt(bitRate);
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT);
  check(context.open2Sync(codec, null), kind.encoder);

  const output = new FormatContext();
  check(output.allocOutputContext2(null, kind.container, `file:${path}`), path);
  output.setFlags(AVFMT_FLAG_BITEXACT);
  check(output.openOutputSync(), path);
  const stream = output.newStream(null);
  check(stream.codecpar.fromContext(context), "codec parameters");
  stream.timeBase = context.timeBase;
  check(output.writeHeaderSync(null), "header");

  const packet = new Packet();
  packet.alloc();
  const drain = (): void => {
    while (context.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index;
      packet.rescaleTs(context.timeBase, stream.timeBase);
      check(output.interleavedWriteFrameSync(packet), "write");
      packet.unref();
    }
  };
  const total = sound.channels[0]?.length ?? 0;
  const step = context.frameSize || 4096;
  for (let at = 0; at < total; at += step) {
    const count = Math.min(step, total - at);
    const frame = Frame.fromAudioBuffer(
      kind.planarFloat ? planar(sound, at, count) : interleaved(sound, at, count),
      {
        nbSamples: count,
        format,
        sampleRate: sound.sampleRate,
        channelLayout: layout,
        timeBase: { num: 1, den: sound.sampleRate },
      },
    );
    frame.pts = BigInt(at);
    check(context.sendFrameSync(frame), "encode");
    frame.free();
    drain();
  }
  check(context.sendFrameSync(null), "flush");
  drain();
  check(output.writeTrailerSync(), "trailer");
  output.closeOutputSync();
  output.freeContext();
  packet.free();
  context.freeContext();
}

function planar(sound: Sound, at: number, count: number): Buffer {
  const all = new Float32Array(count * sound.channels.length);
  for (const [index, channel] of sound.channels.entries())
    all.set(channel.subarray(at, at + count), index * count);
  return Buffer.from(all.buffer);
}

function interleaved(sound: Sound, at: number, count: number): Buffer {
  const width = sound.channels.length;
  const all = new Int16Array(count * width);
  sound.channels.forEach((channel, index) => {
    for (let i = 0; i < count; i++)
      all[i * width + index] = Math.round(Math.max(-1, Math.min(1, channel[at + i] ?? 0)) * 32767);
  });
  return Buffer.from(all.buffer);
}

function wav(sound: Sound): Buffer {
  const width = sound.channels.length;
  const data = interleaved(sound, 0, sound.channels[0]?.length ?? 0);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(width, 22);
  header.writeUInt32LE(sound.sampleRate, 24);
  header.writeUInt32LE(sound.sampleRate * width * 2, 28);
  header.writeUInt16LE(width * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

function check(result: number, doing: string): void {
  if (result < 0) throw new Error(`${doing} failed (${result})`);
}
