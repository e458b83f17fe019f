/** One pass of decode, filter, encode in this process. */
import { AVMEDIA_TYPE_VIDEO } from "node-av/constants";
import { Codec, CodecContext, FormatContext, Frame, Packet } from "node-av/lib";
import { check } from "../../src/render/process/libav/av.ts";
import { FilterChain } from "./filter-chain.ts";
import { FrameEncoder } from "./frame-encoder.ts";
import type { Stage } from "./stage.ts";

export function runStage(stage: Stage): void {
  let chain: FilterChain | null = null;
  let encoder: FrameEncoder | null = null;
  let [pushed, encoded] = [0, 0];
  const pullAll = (): void => {
    for (let frame = chain?.pull() ?? null; frame !== null; frame = chain?.pull() ?? null) {
      if (encoded === stage.frames) return;
      encoder ??= new FrameEncoder(stage.output, frame, stage.options);
      encoder.encode(frame);
      encoded += 1;
    }
  };
  for (const frame of decodedFrames(stage)) {
    chain ??= new FilterChain(frame, stage.filters);
    frame.pts = BigInt(pushed++);
    chain.push(frame);
    pullAll();
  }
  chain?.push(null);
  pullAll();
  chain?.close();
  (encoder as FrameEncoder | null)?.finish();
  if (encoded !== stage.frames) throw new Error(`${stage.frames} frames were wanted, ${encoded} came out.`);
}

function* decodedFrames({ input: path, feed, frames }: Stage): Generator<Frame> {
  const input = new FormatContext();
  check(input.openInputSync(path), `open ${path}`);
  check(input.findStreamInfoSync(), `read ${path}`);
  const index = input.findBestStream(AVMEDIA_TYPE_VIDEO);
  const stream = input.streams[index];
  const codec = stream === undefined ? null : Codec.findDecoder(stream.codecpar.codecId);
  if (stream === undefined || codec === null) throw new Error(`${path} has no picture that can be decoded.`);
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.parametersToContext(stream.codecpar), "decoder");
  decoder.threadCount = 0;
  check(decoder.open2Sync(codec, null), "decoder");
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  const decode = function* (what: Packet | null): Generator<Frame> {
    check(decoder.sendPacketSync(what), "decode");
    while (decoder.receiveFrameSync(frame) >= 0) yield frame;
  };
  try {
    while (input.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === index) {
        const times = feed === "again" ? frames : 1;
        for (let time = 0; time < times; time++) yield* decode(packet);
      }
      packet.unref();
    }
    yield* decode(null);
  } finally {
    packet.free();
    frame.free();
    decoder.freeContext();
    input.closeInputSync();
  }
}
