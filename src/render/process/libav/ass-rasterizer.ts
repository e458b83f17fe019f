/**
 * Draws caption states with libass into pictures with transparency.
 *
 * The subtitles filter's own `alpha=1` mode multiplies a translucent box's alpha twice (50 % came out as
 * 25 %). Each state is therefore drawn twice, over black and over white, and the transparency follows
 * from the difference: exact for any mix of text, outline and box.
 */
import { writeFileSync } from "node:fs";
import { AV_PIX_FMT_RGB0 } from "node-av/constants";
import { Filter, FilterGraph, Frame, Rational } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import { check } from "./av.ts";

/** Straight (not premultiplied) RGBA, tightly packed, and where it stands in the frame. */
export interface RasterOverlay {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/**
 * @param documents whole ASS documents that each show one state at time 0, with the same header
 * @param fontsFolder name of a folder in `tempDirectory` that holds just the fonts they name
 * @returns one picture per document; null where nothing was drawn
 */
export function rasterizeStates(
  documents: readonly string[],
  frame: { readonly width: number; readonly height: number },
  fontsFolder: string,
  tempDirectory: string,
): (RasterOverlay | null)[] {
  // Filter arguments have an escaping of their own; two plain relative names need none of it.
  const home = process.cwd();
  process.chdir(tempDirectory);
  try {
    writeFileSync(STATES_FILE, joinStates(documents));
    return drawStates(documents.length, frame, `filename=${STATES_FILE}:fontsdir=${fontsFolder}`);
  } finally {
    process.chdir(home);
  }
}

const STATES_FILE = "states.ass";

function drawStates(
  count: number,
  frame: { readonly width: number; readonly height: number },
  subtitlesArguments: string,
): (RasterOverlay | null)[] {
  const graph = new FilterGraph();
  graph.alloc();
  graph.nbThreads = 1;
  const black = new Frame();
  const white = new Frame();
  black.alloc();
  white.alloc();
  try {
    const create = (filter: string, args: string | null) => {
      const found = Filter.getByName(filter);
      const made = found === null ? null : graph.createFilter(found, filter, args);
      if (made === null)
        throw new ReelburstError("CAPTIONS_UNAVAILABLE", `The FFmpeg filter ${filter} did not start.`);
      return made;
    };
    const source = create(
      "buffer",
      `video_size=${frame.width}x${frame.height}:pix_fmt=rgb0:time_base=1/1000:pixel_aspect=1/1`,
    );
    const subtitles = create("subtitles", subtitlesArguments);
    const sink = create("buffersink", null);
    check(source.link(0, subtitles, 0), "caption graph");
    check(subtitles.link(0, sink, 0), "caption graph");
    check(graph.configSync(), "caption graph");

    const draw = (target: Frame, fill: number, timeMs: number): { data: Buffer; stride: number } => {
      target.unref();
      target.width = frame.width;
      target.height = frame.height;
      target.format = AV_PIX_FMT_RGB0;
      check(target.getBuffer(0), "caption frame");
      (target.data as Buffer[])[0]?.fill(fill);
      target.pts = BigInt(timeMs);
      target.timeBase = new Rational(1, 1000);
      check(source.buffersrcAddFrameSync(target), "draw captions");
      check(sink.buffersinkGetFrameSync(target), "draw captions");
      return { data: (target.data as Buffer[])[0] as Buffer, stride: target.linesize[0] as number };
    };
    return Array.from({ length: count }, (_, index) => {
      const onBlack = draw(black, 0, index * STATE_MS + STATE_MS / 4);
      const onWhite = draw(white, 255, index * STATE_MS + STATE_MS / 2);
      const picture = cutOut(onBlack, onWhite, frame.width, frame.height);
      if (picture !== null) requireWhole(picture);
      return picture;
    });
  } finally {
    black.free();
    white.free();
    graph.free();
  }
}

const STATE_MS = 1000;

/** One document in which state k stands from second k to k + 1: libass and its fonts are set up once. */
export function joinStates(documents: readonly string[]): string {
  const first = documents[0] ?? "";
  const header = first.slice(0, firstDialogue(first));
  const lines = documents.flatMap((document, index) => {
    const body = firstDialogue(document);
    if (document.slice(0, body) !== header) {
      throw new ReelburstError("CAPTIONS_INVALID", "Caption states of one chunk have different headers.");
    }
    return document
      .slice(body)
      .split("\n")
      .filter((line) => line.startsWith("Dialogue:"))
      .map((line) =>
        line.replace(/^(Dialogue: *[^,]*),[^,]*,[^,]*,/, `$1,${assTime(index)},${assTime(index + 1)},`),
      );
  });
  return `${header}${lines.join("\n")}\n`;
}

function firstDialogue(document: string): number {
  const at = document.indexOf("\nDialogue:");
  return at < 0 ? document.length : at + 1;
}

function assTime(seconds: number): string {
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}.00`;
}

/**
 * Seen once in some ten thousand chunks, on a machine under load, and not understood: a picture's size with the samples of
 * another state of the same chunk. 1,200 tries with all tiers of the compiler did not bring it back. The chunk is drawn anew.
 */
function requireWhole({ rgba, width, height }: RasterOverlay): void {
  if (rgba.byteLength === width * height * 4) return;
  throw new ReelburstError(
    "RENDER_INTERNAL",
    `A caption of ${width}x${height} has ${rgba.byteLength} bytes.`,
    {
      retryable: true,
    },
  );
}

interface Plane {
  readonly data: Buffer;
  readonly stride: number;
}

/** Where both pictures are untouched there is nothing; elsewhere alpha = 255 - (on white - on black). */
function cutOut(black: Plane, white: Plane, width: number, height: number): RasterOverlay | null {
  const bounds = inkBounds(black, white, width, height);
  if (bounds === null) return null;
  const { left, top, right, bottom } = bounds;
  const rgba = new Uint8Array((right - left) * (bottom - top) * 4);
  let out = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const b = y * black.stride + x * 4;
      const w = y * white.stride + x * 4;
      let alpha = 0;
      for (let channel = 0; channel < 3; channel++) {
        const onBlack = black.data[b + channel] as number;
        alpha = Math.max(alpha, 255 - ((white.data[w + channel] as number) - onBlack), onBlack);
      }
      alpha = Math.min(255, alpha);
      for (let channel = 0; channel < 3 && alpha > 0; channel++) {
        rgba[out + channel] = Math.round(((black.data[b + channel] as number) * 255) / alpha);
      }
      rgba[out + 3] = alpha;
      out += 4;
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top, rgba };
}

/** White ink leaves no trace on white and black ink none on black, so both are looked at. */
function inkBounds(
  black: Plane,
  white: Plane,
  width: number,
  height: number,
): { left: number; top: number; right: number; bottom: number } | null {
  const onBlack = wordsOf(black);
  const onWhite = wordsOf(white);
  const empty = (x: number, y: number): boolean =>
    ((onWhite[y * (white.stride >> 2) + x] as number) & RGB) === RGB &&
    ((onBlack[y * (black.stride >> 2) + x] as number) & RGB) === 0;
  let left = width;
  let right = 0;
  let top = -1;
  let bottom = 0;
  for (let y = 0; y < height; y++) {
    let x = 0;
    while (x < width && empty(x, y)) x++;
    if (x === width) continue;
    let end = width;
    while (empty(end - 1, y)) end--;
    if (top < 0) top = y;
    bottom = y + 1;
    left = Math.min(left, x);
    right = Math.max(right, end);
  }
  return top < 0 ? null : { left, top, right, bottom };
}

/** The fourth byte of rgb0 is not a colour. */
const RGB = 0x00ffffff;

function wordsOf(plane: Plane): Uint32Array {
  return new Uint32Array(plane.data.buffer, plane.data.byteOffset, plane.data.byteLength >> 2);
}
