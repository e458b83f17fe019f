/** A linear FFmpeg filter graph, on all cores as the ffmpeg program has it. */
import { AVERROR_EAGAIN, AVERROR_EOF } from "node-av/constants";
import { Filter, type FilterContext, FilterGraph, Frame } from "node-av/lib";
import { check } from "../../src/render/process/libav/av.ts";
import type { FilterStep } from "./stage.ts";

export class FilterChain {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;
  readonly #frame = new Frame();

  /** @param like a frame of the shape and colours that will be pushed, at 30 a second */
  constructor(like: Frame, steps: readonly FilterStep[]) {
    this.#graph.alloc();
    this.#frame.alloc();
    const shape = [
      `video_size=${like.width}x${like.height}:pix_fmt=${like.format}`,
      `time_base=1/30:frame_rate=30/1:pixel_aspect=1/1`,
      `colorspace=${like.colorSpace}:range=${like.colorRange}`,
    ].join(":");
    const chain = ([["buffer", shape], ...steps, ["buffersink", ""]] as const).map(([name, args], index) =>
      this.#create(name, `${name}-${index}`, args),
    );
    for (const [index, next] of chain.slice(1).entries())
      check(chain[index]?.link(0, next, 0) ?? -1, "link filters");
    check(this.#graph.configSync(), "start the filters");
    this.#source = chain[0] as FilterContext;
    this.#sink = chain.at(-1) as FilterContext;
  }

  /** null: no more will come. */
  push(frame: Frame | null): void {
    check(this.#source.buffersrcAddFrameSync(frame), "filter");
  }

  /** Valid until the next call; null when more must be pushed, or all is done. */
  pull(): Frame | null {
    this.#frame.unref();
    const code = this.#sink.buffersinkGetFrameSync(this.#frame);
    if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return null;
    check(code, "filter");
    return this.#frame;
  }

  close(): void {
    this.#frame.free();
    this.#graph.free();
  }

  #create(name: string, instance: string, args: string): FilterContext {
    const filter = Filter.getByName(name);
    const made =
      filter === null ? null : this.#graph.createFilter(filter, instance, args === "" ? null : args);
    if (made === null) throw new Error(`The filter ${name}=${args} did not start.`);
    return made;
  }
}
