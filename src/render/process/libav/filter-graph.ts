/** Small graphs of fixed filters. Their arguments are made of numbers and names of our own, never of a user's text. */
import type { AVColorRange, AVColorSpace, AVPixelFormat } from "node-av/constants";
import { Filter, type FilterContext, type FilterGraph } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { ReelburstError } from "../../../support/errors.ts";

export function addFilter(graph: FilterGraph, filter: string, args: string | null): FilterContext {
  const found = Filter.getByName(filter);
  // Several of a kind may stand in one graph.
  const made = found === null ? null : graph.createFilter(found, `${filter}${graph.nbFilters}`, args);
  if (made === null) throw new ReelburstError("RENDER_LIBAV", `The FFmpeg filter ${filter} did not start.`);
  return made;
}

export interface BufferShape {
  readonly width: number;
  readonly height: number;
  readonly format: AVPixelFormat;
  readonly timeBase: Fraction;
  readonly space: AVColorSpace;
  readonly range: AVColorRange;
}

export function bufferArguments({ width, height, format, timeBase, space, range }: BufferShape): string {
  return (
    `video_size=${width}x${height}:pix_fmt=${format}:time_base=${timeBase.num}/${timeBase.den}:` +
    `pixel_aspect=1/1:colorspace=${space}:range=${range}`
  );
}
