/** Two fields of different moments to one whole picture, frame by frame, by bwdif. */
import { AVERROR_EAGAIN, AVERROR_EOF, type AVPixelFormat } from "node-av/constants";
import { type FilterContext, FilterGraph, type Frame, Rational } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { check } from "./av.ts";
import { addFilter, bufferArguments } from "./filter-graph.ts";

export class Deinterlacer {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;
  readonly #timeBase: Fraction;

  /** @param example a frame of the kind that will come */
  constructor(example: Frame, timeBase: Fraction) {
    this.#timeBase = timeBase;
    this.#graph.alloc();
    this.#graph.nbThreads = 1;
    const format = example.format as AVPixelFormat;
    this.#source = addFilter(
      this.#graph,
      "buffer",
      bufferArguments({
        ...sizeOf(example),
        format,
        timeBase,
        space: example.colorSpace,
        range: example.colorRange,
      }),
    );
    // Frames that are progressive, as in telecined films, pass as they are.
    const filter = addFilter(this.#graph, "bwdif", "mode=send_frame:parity=auto:deint=interlaced");
    this.#sink = addFilter(this.#graph, "buffersink", null);
    check(this.#source.link(0, filter, 0), "deinterlacing");
    check(filter.link(0, this.#sink, 0), "deinterlacing");
    check(this.#graph.configSync(), "deinterlacing");
  }

  /** null: no more will come. */
  send(frame: Frame | null, tick: bigint): void {
    if (frame !== null) {
      frame.pts = tick;
      frame.timeBase = new Rational(this.#timeBase.num, this.#timeBase.den);
    }
    check(this.#source.buffersrcAddFrameSync(frame), "deinterlacing");
  }

  /** @returns the frame's time in ticks, AVERROR_EAGAIN when it needs the next frame first, AVERROR_EOF */
  receive(into: Frame): bigint | typeof AVERROR_EAGAIN | typeof AVERROR_EOF {
    const result = this.#sink.buffersinkGetFrameSync(into);
    if (result === AVERROR_EAGAIN) return AVERROR_EAGAIN;
    if (result === AVERROR_EOF) return AVERROR_EOF;
    check(result, "deinterlacing");
    // The filter counts in half ticks.
    const own = this.#sink.buffersinkGetTimeBase();
    const numerator = into.pts * BigInt(own.num) * BigInt(this.#timeBase.den);
    return numerator / (BigInt(own.den) * BigInt(this.#timeBase.num));
  }

  close(): void {
    this.#graph.free();
  }
}

function sizeOf({ width, height }: Frame): { width: number; height: number } {
  return { width, height };
}
