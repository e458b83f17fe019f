/**
 * A decoded frame of any size, shape, turn and colour -> tightly packed planar BT.709 of the film's size.
 *
 * swscale with accurate rounding and its bit-exact paths: the same frame gives the same bytes on every machine. Each
 * frame is judged by its own properties, so a stream that changes them on the way is followed.
 */
import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ444P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_RANGE_UNSPECIFIED,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  type AVColorRange,
  type AVColorSpace,
  type AVPixelFormat,
} from "node-av/constants";
import { type FilterContext, FilterGraph, Frame } from "node-av/lib";
import { check } from "./av.ts";
import { addFilter, bufferArguments } from "./filter-graph.ts";
import { type Crop, containedSize, coverCrop, even, readTurn, type Turn } from "./video-geometry.ts";

const FLAGS = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact";
/** What a player takes for granted when the file does not say. */
const HD_HEIGHT = 720;
/** Width of the small copy that is blurred, as for contained pictures. */
const BLUR_WIDTH = 96;
const BLUR_RADIUS = 6;
/** How far the blurred copy is darkened. */
const BLUR_LIGHT = 0.6;

export interface FitTarget {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  readonly fit: "cover" | "contain";
  /** `blur` or #rrggbb; seen with `contain`. */
  readonly background: string;
}

export class VideoFitter {
  readonly #target: FitTarget;
  readonly #packed: Uint8Array;
  readonly #view: Frame;
  #shape = "";
  #main: Scaler | null = null;
  #blur: Scaler | null = null;

  constructor(target: FitTarget) {
    this.#target = target;
    this.#packed = new Uint8Array((target.width * target.height * 3) / 2);
    this.#view = new Frame();
    this.#view.alloc();
  }

  /** Y, then U, then V; valid until the next call. */
  fit(source: Frame): Uint8Array {
    const { width, height, background } = this.#target;
    const color = colorOf(source);
    const turn = readTurn(source.getSideData(AV_FRAME_DATA_DISPLAYMATRIX));
    const { num, den } = source.sampleAspectRatio;
    const aspect = num > 0 && den > 0 ? num / den : 1;
    const shape = JSON.stringify([source.format, source.width, source.height, aspect, turn, color]);
    if (shape !== this.#shape) {
      this.#open(source, color, turn, aspect);
      this.#shape = shape;
    }
    const main = this.#main as Scaler;
    const whole = main.width === width && main.height === height;
    if (!whole && this.#blur !== null)
      this.#blur.scale(this.#prepared(source, color), this.#packed, this.#target);
    else if (!whole) fillColor(this.#packed, this.#target, background === "blur" ? "#000000" : background);
    main.scale(this.#prepared(source, color), this.#packed, this.#target);
    return this.#packed;
  }

  close(): void {
    this.#main?.close();
    this.#blur?.close();
    this.#view.free();
  }

  #open(source: Frame, color: Color, turn: Turn, pixelAspect: number): void {
    this.#main?.close();
    this.#blur?.close();
    this.#blur = null;
    const { width, height, fit, background } = this.#target;
    const stored = { width: source.width, height: source.height };
    // Upright, with square pixels.
    const wide = stored.width * pixelAspect;
    const shown = turn.transpose ? wide ** -1 * stored.height : wide / stored.height;
    const input = { ...stored, format: source.format as AVPixelFormat, ...color };
    const whole = { left: 0, top: 0, width, height };
    const cover = coverCrop(stored, shown, width / height, turn.transpose);
    if (fit === "cover") {
      this.#main = new Scaler(input, cover, turn, whole, null);
      return;
    }
    const inner = containedSize(shown, width, height);
    const place = {
      left: even((width - inner.width) / 2),
      top: even((height - inner.height) / 2),
      ...inner,
    };
    this.#main = new Scaler(input, null, turn, place, null);
    if (background === "blur" && (inner.width < width || inner.height < height)) {
      const small = { width: BLUR_WIDTH, height: Math.max(4, even((BLUR_WIDTH * height) / width)) };
      this.#blur = new Scaler(input, cover, turn, whole, small);
    }
  }

  /** The same picture with its colours named: what the file leaves open is decided here. */
  #prepared(source: Frame, color: Color): Frame {
    this.#view.unref();
    check(this.#view.ref(source), "scale video");
    this.#view.colorSpace = color.space;
    this.#view.colorRange = color.range;
    return this.#view;
  }
}

interface Color {
  readonly space: AVColorSpace;
  readonly range: AVColorRange;
}

function colorOf(frame: Frame): Color {
  const guessed = frame.height >= HD_HEIGHT ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  const full = [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P].includes(
    frame.format as never,
  );
  return {
    space: frame.colorSpace === AVCOL_SPC_UNSPECIFIED ? guessed : frame.colorSpace,
    range:
      frame.colorRange !== AVCOL_RANGE_UNSPECIFIED
        ? frame.colorRange
        : full
          ? AVCOL_RANGE_JPEG
          : AVCOL_RANGE_MPEG,
  };
}

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One graph: crop, scale, turn, and for the background blur. Frames go in and come out one by one. */
class Scaler {
  readonly width: number;
  readonly height: number;
  readonly #place: Rect;
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;
  readonly #out = new Frame();

  constructor(
    input: { width: number; height: number; format: AVPixelFormat } & Color,
    crop: Crop | null,
    turn: Turn,
    place: Rect,
    blur: { readonly width: number; readonly height: number } | null,
  ) {
    this.#place = place;
    this.width = place.width;
    this.height = place.height;
    this.#out.alloc();
    this.#graph.alloc();
    this.#graph.nbThreads = 1;
    const filters: [string, string][] = [];
    if (crop !== null) filters.push(["crop", `${crop.width}:${crop.height}:${crop.left}:${crop.top}`]);
    const scale = (size: { width: number; height: number }, swap: boolean): void => {
      const [w, h] = swap ? [size.height, size.width] : [size.width, size.height];
      filters.push(["scale", `w=${w}:h=${h}:${FLAGS}:out_color_matrix=bt709:out_range=tv`]);
      filters.push(["format", "pix_fmts=yuv420p"]);
    };
    scale(blur ?? place, turn.transpose);
    // Turned after scaling: the frame is small by then, and of one known format.
    if (turn.transpose) filters.push(["transpose", "dir=cclock_flip"]);
    if (turn.mirror) filters.push(["hflip", ""]);
    if (turn.flip) filters.push(["vflip", ""]);
    if (blur !== null) {
      const most = Math.min(BLUR_RADIUS, Math.min(blur.width, blur.height) / 2 - 1);
      const chroma = Math.min(BLUR_RADIUS / 2, Math.min(blur.width, blur.height) / 4 - 1);
      filters.push(["boxblur", `${Math.floor(most)}:2:${Math.max(0, Math.floor(chroma))}:2`]);
      const darken = (around: number): string => `(val-${around})*${BLUR_LIGHT}+${around}`;
      filters.push(["lutyuv", `y=${darken(16)}:u=${darken(128)}:v=${darken(128)}`]);
      scale(place, false);
    }
    const timeBase = { num: 1, den: 1000 };
    this.#source = addFilter(this.#graph, "buffer", bufferArguments({ ...input, timeBase }));
    let last = this.#source;
    for (const [name, args] of filters) {
      const next = addFilter(this.#graph, name, args === "" ? null : args);
      check(last.link(0, next, 0), "scale video");
      last = next;
    }
    this.#sink = addFilter(this.#graph, "buffersink", null);
    check(last.link(0, this.#sink, 0), "scale video");
    check(this.#graph.configSync(), "scale video");
  }

  /** Writes the scaled frame to its place in `packed`, a frame of the size of `target`. */
  scale(frame: Frame, packed: Uint8Array, target: { readonly width: number; readonly height: number }): void {
    frame.pts = 0n;
    check(this.#source.buffersrcAddFrameSync(frame), "scale video");
    check(this.#sink.buffersinkGetFrameSync(this.#out), "scale video");
    const planes = this.#out.data as Buffer[];
    const strides = this.#out.linesize;
    let base = 0;
    for (const [index, plane] of planes.slice(0, 3).entries()) {
      const shrink = index === 0 ? 1 : 2;
      const { left, top, width, height } = this.#place;
      const row = target.width / shrink;
      for (let y = 0; y < height / shrink; y++) {
        const from = y * (strides[index] as number);
        packed.set(
          plane.subarray(from, from + width / shrink),
          base + (top / shrink + y) * row + left / shrink,
        );
      }
      base += row * (target.height / shrink);
    }
    this.#out.unref();
  }

  close(): void {
    this.#out.free();
    this.#graph.free();
  }
}

function fillColor(packed: Uint8Array, { width, height }: FitTarget, hex: string): void {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as [
    number,
    number,
    number,
  ];
  const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const pixels = width * height;
  packed.fill(Math.round(16 + 219 * luma), 0, pixels);
  packed.fill(Math.round(128 + (224 * (b - luma)) / 1.8556), pixels, pixels * 1.25);
  packed.fill(Math.round(128 + (224 * (r - luma)) / 1.5748), pixels * 1.25);
}
