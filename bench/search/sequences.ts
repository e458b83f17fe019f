/** What encoder settings are tried on: stills in slow motion, painted by the product's own kernel. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { resolveMotion } from "../../src/render/motion/effects.ts";
import { MotionKernel } from "../../src/render/motion/kernel.ts";
import {
  type ViewportPath,
  type ViewportRect,
  viewpointAt,
  viewportRect,
} from "../../src/render/motion/path.ts";
import { decodePicture, type RgbPicture } from "../../src/render/process/pictures.ts";
import type { RawFrames } from "../measure/raw-frames.ts";
import { pictureFromRgb, resampleReference } from "../measure/reference-resampler.ts";
import type { Point } from "../measure/similarity.ts";

export type PictureKind = "photograph" | "illustration" | "screenshot";

export interface Sequence {
  /** Picture and move, such as `ridges pan`. */
  readonly name: string;
  readonly kind: PictureKind;
  /** The picture's file. */
  readonly picture: string;
  readonly effect: "zoomIn" | "zoomOut" | "panLeft" | "panRight" | "panUp" | "panDown";
  readonly easing: "linear" | "easeInOut";
  readonly seconds: number;
  /** Settings are chosen on the ones to tune on; the others say whether the choice holds elsewhere. */
  readonly use: "tune" | "check";
}

/** A sequence as frames in a file, with what the judge needs to know about its motion. */
export interface PaintedSequence {
  readonly sequence: Sequence;
  readonly raw: RawFrames;
  readonly truth: (frame: number, point: Point) => Point;
}

export interface Painting {
  readonly frames: number;
  /** Where painted frames are kept. */
  readonly folder: string;
  /** The product's kernel, or the float64 resampler (slow), which tells the encoder's share from the kernel's. */
  readonly painter: "kernel" | "reference";
}

const WIDTH = 1920;
const HEIGHT = 1080;
const FPS = 30;
/** The default of `motion.amount`. */
const AMOUNT = 0.12;

const DEMO = "examples/demo/pictures";

function demo(
  file: string,
  move: string,
  use: Sequence["use"],
  kind: PictureKind = "illustration",
): Sequence {
  const [effect, easing, seconds] = move.split(" ") as [Sequence["effect"], Sequence["easing"], string];
  const name = `${path.parse(file).name} ${effect.startsWith("zoom") ? "zoom" : "pan"}`;
  return { name, kind, picture: path.join(DEMO, file), effect, easing, seconds: Number(seconds), use };
}

/** The example film's pictures, moved as films move them. */
export const DEMO_SEQUENCES: readonly Sequence[] = [
  demo("gold.jpg", "zoomIn easeInOut 8", "tune"),
  demo("harbour.jpg", "zoomOut linear 7", "tune"),
  demo("window.jpg", "panDown easeInOut 6", "tune"),
  demo("stars.jpg", "zoomIn linear 8", "tune"),
  demo("ridges.jpg", "panRight linear 7", "tune"),
  demo("gold.jpg", "panRight easeInOut 6", "tune"),
  demo("scatter.png", "zoomIn easeInOut 6", "check"),
  demo("title.jpg", "zoomOut easeInOut 7", "check"),
  demo("ink.webp", "panDown linear 8", "check"),
  demo("harbour.jpg", "panLeft easeInOut 8", "check"),
];

/** A zoom and a pan over a picture of one's own. */
export function sequencesOf(picture: string, kind: PictureKind, use: Sequence["use"]): Sequence[] {
  const { name } = path.parse(picture);
  return [
    { name: `${name} zoom`, kind, picture, effect: "zoomIn", easing: "easeInOut", seconds: 7, use },
    { name: `${name} pan`, kind, picture, effect: "panRight", easing: "linear", seconds: 7, use },
  ];
}

/** The middle `frames` frames of the move; painted once per content and kernel, then read from `folder`. */
export async function paintSequence(sequence: Sequence, painting: Painting): Promise<PaintedSequence> {
  const { frames, folder, painter } = painting;
  const total = sequence.seconds * FPS;
  if (frames > total) throw new RangeError(`${sequence.name} has only ${total} frames.`);
  const first = (total - frames) >> 1;
  const rgb = await decodePicture(sequence.picture, "#000000");
  const motion = resolveMotion(
    { kind: "effect", effect: sequence.effect, amount: AMOUNT, easing: sequence.easing },
    {
      previousEffect: null,
      seed: sequence.name,
      focus: { x: 0.56, y: 0.42 },
      pictureAspect: rgb.width / rgb.height,
      outputAspect: WIDTH / HEIGHT,
    },
  );
  const rectOf = (frame: number) =>
    viewportRect(
      viewpointAt(motion.path, (first + frame) / (total - 1)),
      rgb.width,
      rgb.height,
      WIDTH,
      HEIGHT,
    );
  const file = path.join(
    folder,
    `${sequence.name.replaceAll(" ", "-")}-${contentHash(sequence, painting)}.yuv`,
  );
  if (!existsSync(file)) {
    const paint =
      painter === "kernel" ? await kernelPainter(rgb, motion.path, rectOf) : referencePainter(rgb, rectOf);
    const output = openSync(`${file}.part`, "w");
    for (let frame = 0; frame < frames; frame++) writeSync(output, paint(frame));
    closeSync(output);
    renameSync(`${file}.part`, file);
  }
  const start = rectOf(0);
  return {
    sequence,
    raw: { path: file, width: WIDTH, height: HEIGHT, frames },
    truth: (frame, point) => {
      const now = rectOf(frame);
      // The point of the picture that stood there, seen through the frame's own viewport.
      const x = start.left + (point.x / WIDTH) * start.width;
      const y = start.top + (point.y / HEIGHT) * start.height;
      return { x: ((x - now.left) / now.width) * WIDTH, y: ((y - now.top) / now.height) * HEIGHT };
    },
  };
}

type RectOf = (frame: number) => ViewportRect;

async function kernelPainter(
  rgb: RgbPicture,
  { from, to }: ViewportPath,
  rectOf: RectOf,
): Promise<(frame: number) => Uint8Array> {
  const kernel = await MotionKernel.load();
  const picture = kernel.preparePicture(rgb.data, rgb.width, rgb.height, {
    outputWidth: WIDTH,
    outputHeight: HEIGHT,
    maxScale: Math.max(from.scale, to.scale),
  });
  const target = kernel.createFrame(WIDTH, HEIGHT);
  return (frame) => {
    kernel.renderFrame(picture, rectOf(frame), target);
    return kernel.extract(target).packed;
  };
}

function referencePainter(rgb: RgbPicture, rectOf: RectOf): (frame: number) => Uint8Array {
  const picture = pictureFromRgb(rgb.data, rgb.width, rgb.height);
  const target = new Uint8Array((WIDTH * HEIGHT * 3) / 2);
  return (frame) => {
    resampleReference(picture, rectOf(frame), WIDTH, HEIGHT, target);
    return target;
  };
}

/** Names the picture's and the kernel's content, so that neither changes behind frames or results that are kept. */
export function contentHash(sequence: Sequence, { frames, painter }: Painting): string {
  const kernel = new URL("../../src/render/motion/kernel.wasm", import.meta.url);
  return createHash("sha256")
    .update(readFileSync(sequence.picture))
    .update(readFileSync(kernel))
    .update(JSON.stringify([sequence.effect, sequence.easing, sequence.seconds, frames, AMOUNT, painter]))
    .digest("hex")
    .slice(0, 16);
}
