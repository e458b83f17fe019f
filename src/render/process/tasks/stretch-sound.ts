/** Task: a part of a decoded sound -> the same at its own pitch, faster or slower, of an exact length. */
import { rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { AV_SAMPLE_FMT_FLT, AVERROR_EAGAIN, AVERROR_EOF } from "node-av/constants";
import { type FilterContext, FilterGraph, Frame } from "node-av/lib";
import { SOUND_SAMPLE_RATE } from "../../audio/sound-plan.ts";
import { check } from "../libav/av.ts";
import { addFilter } from "../libav/filter-graph.ts";
import { openPcmFile, PcmWriter } from "../libav/pcm-file.ts";
import { STEREO } from "../libav/stereo-converter.ts";
import type { TaskContext } from "../protocol.ts";

export interface StretchSoundInput {
  readonly path: string;
  readonly startSample: number;
  readonly sampleCount: number;
  readonly outSamples: number;
  readonly outPath: string;
}

const BLOCK_SAMPLES = 8192;
/** One atempo may halve the speed at most; slower takes several in a row. */
const SLOWEST = 0.5;

/** @throws ReelburstError SOUND_PCM_SHORT, DISK_FULL; `outPath` does not exist after them */
export async function stretchSound(
  input: StretchSoundInput,
  context: Pick<TaskContext, "progress">,
): Promise<{ sampleCount: number }> {
  const source = openPcmFile(input.path, input.startSample + input.sampleCount);
  const writer = new PcmWriter(input.outPath);
  const graph = new FilterGraph();
  const frame = new Frame();
  frame.alloc();
  try {
    const { entry, exit } = openGraph(graph, input.sampleCount / input.outSamples);
    const drain = (): void => {
      for (;;) {
        const result = exit.buffersinkGetFrameSync(frame);
        if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return;
        check(result, "stretch sound");
        const bytes = (frame.data as Buffer[])[0] as Buffer;
        const samples = new Float32Array(
          bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + frame.nbSamples * 8),
        );
        const room = input.outSamples - writer.sampleCount;
        writer.write(samples.subarray(0, room * 2));
        frame.unref();
      }
    };
    const block = new Float32Array(BLOCK_SAMPLES * 2);
    for (let at = 0; at < input.sampleCount; at += BLOCK_SAMPLES) {
      const count = Math.min(BLOCK_SAMPLES, input.sampleCount - at);
      source.read(input.startSample + at, count, block, 0);
      send(entry, block.subarray(0, count * 2), at);
      drain();
      context.progress(at + count, input.sampleCount);
      await setImmediate();
    }
    check(entry.buffersrcAddFrameSync(null), "stretch sound");
    drain();
    // The filter works in windows and may end some milliseconds early; the picture's length is what counts.
    writer.write(new Float32Array((input.outSamples - writer.sampleCount) * 2));
    writer.finish();
    writer.close();
    return { sampleCount: writer.sampleCount };
  } catch (error) {
    writer.close();
    rmSync(input.outPath, { force: true });
    throw error;
  } finally {
    frame.free();
    graph.free();
  }
}

function openGraph(graph: FilterGraph, tempo: number): { entry: FilterContext; exit: FilterContext } {
  graph.alloc();
  graph.nbThreads = 1;
  const entry = addFilter(
    graph,
    "abuffer",
    `sample_rate=${SOUND_SAMPLE_RATE}:sample_fmt=flt:channel_layout=stereo:time_base=1/${SOUND_SAMPLE_RATE}`,
  );
  let last = entry;
  const stages = Math.max(1, Math.ceil(Math.log(tempo) / Math.log(SLOWEST)));
  for (let stage = 0; stage < stages; stage++) {
    const next = addFilter(graph, "atempo", `tempo=${Math.min(100, tempo ** (1 / stages)).toFixed(9)}`);
    check(last.link(0, next, 0), "stretch sound");
    last = next;
  }
  const exit = addFilter(graph, "abuffersink", null);
  check(last.link(0, exit, 0), "stretch sound");
  check(graph.configSync(), "stretch sound");
  return { entry, exit };
}

function send(entry: FilterContext, samples: Float32Array, at: number): void {
  const frame = Frame.fromAudioBuffer(Buffer.from(samples.slice().buffer), {
    nbSamples: samples.length / 2,
    format: AV_SAMPLE_FMT_FLT,
    sampleRate: SOUND_SAMPLE_RATE,
    channelLayout: STEREO,
  });
  frame.pts = BigInt(at);
  try {
    check(entry.buffersrcAddFrameSync(frame), "stretch sound");
  } finally {
    frame.free();
  }
}
