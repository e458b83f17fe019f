/**
 * Encodes raw yuv420p frames from memory and prints the wall and CPU seconds of the encoder alone, as JSON:
 * no reading, no drawing, no file. The floor that a whole render is held against.
 *
 *     node bin/node24.js bench/encode-only.ts frames.yuv 1920 1080 <threads, 0 = all> preset=veryfast crf=23
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { AV_PIX_FMT_YUV420P } from "node-av/constants";
import { Codec, CodecContext, Frame, Packet, Rational } from "node-av/lib";
import { check, setOptions } from "../src/render/process/libav/av.ts";

const [file, widthText, heightText, threads, ...options] = process.argv.slice(2);
if (file === undefined)
  throw new Error("usage: encode-only.ts frames.yuv width height threads option=value…");
const [width, height] = [Number(widthText), Number(heightText)];
const frameBytes = (width * height * 3) / 2;
// All in memory first: the disk is not what is measured.
const frames = Array.from({ length: statSync(file).size / frameBytes }, () =>
  Buffer.allocUnsafeSlow(frameBytes),
);
const handle = openSync(file, "r");
for (const [index, frame] of frames.entries())
  if (readSync(handle, frame, 0, frameBytes, index * frameBytes) !== frameBytes)
    throw new Error(`${file} ends early.`);
closeSync(handle);

const codec = Codec.findEncoderByName("libx264" as Parameters<typeof Codec.findEncoderByName>[0]);
const context = new CodecContext();
context.allocContext3(codec);
context.width = width;
context.height = height;
context.pixelFormat = AV_PIX_FMT_YUV420P;
context.timeBase = new Rational(1, 30);
context.framerate = new Rational(30, 1);
context.threadCount = Number(threads);
setOptions(
  context,
  Object.fromEntries(
    options.map((option) => [option.slice(0, option.indexOf("=")), option.slice(option.indexOf("=") + 1)]),
  ),
  "libx264",
);
check(context.open2Sync(codec, null), "open encoder");
const frame = new Frame();
const packet = new Packet();
packet.alloc();
let sizeBytes = 0;
const drain = (): void => {
  while (context.receivePacketSync(packet) >= 0) {
    sizeBytes += packet.size;
    packet.unref();
  }
};
const cpu = process.cpuUsage();
const started = performance.now();
for (const [index, source] of frames.entries()) {
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = AV_PIX_FMT_YUV420P;
  check(frame.getBuffer(1), "frame");
  const planes = frame.data as Buffer[];
  const luma = width * height;
  planes[0]?.set(source.subarray(0, luma));
  planes[1]?.set(source.subarray(luma, luma * 1.25));
  planes[2]?.set(source.subarray(luma * 1.25));
  frame.pts = BigInt(index);
  check(context.sendFrameSync(frame), "encode");
  frame.free();
  drain();
}
check(context.sendFrameSync(null), "flush");
drain();
const wallSeconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(cpu);
process.stdout.write(
  `${JSON.stringify({ frames: frames.length, wallSeconds, cpuSeconds: (used.user + used.system) / 1e6, sizeBytes })}\n`,
);
packet.free();
context.freeContext();
