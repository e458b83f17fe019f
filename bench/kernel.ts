/** Milliseconds per 1080p frame of the motion kernel's parts, on one core: median of 200 frames. */
import { MotionKernel } from "../src/render/motion/kernel.ts";
import { viewpointAt, viewportRect } from "../src/render/motion/path.ts";

const FRAMES = 200;
const WIDTH = 1920;
const HEIGHT = 1080;

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

function measure(name: string, frames: number, run: (index: number) => void): void {
  for (let i = 0; i < 30; i++) run(i);
  const times = Array.from({ length: frames }, (_, i) => {
    const start = performance.now();
    run(i);
    return performance.now() - start;
  });
  process.stdout.write(`${name.padEnd(44)} ${median(times).toFixed(3)} ms\n`);
}

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 12345;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const kernel = await MotionKernel.load();
const source = { width: 4896, height: 3264 };
const rgb = noise(source.width * source.height * 3);
const prepare = (maxScale: number) =>
  kernel.preparePicture(rgb, source.width, source.height, {
    outputWidth: WIDTH,
    outputHeight: HEIGHT,
    maxScale,
  });

measure("prepare a 16-megapixel picture", 5, () => kernel.freePicture(prepare(1.12)));
const target = kernel.createFrame(WIDTH, HEIGHT);
const other = kernel.createFrame(WIDTH, HEIGHT);
const mixed = kernel.createFrame(WIDTH, HEIGHT);
for (const [name, from, to] of [
  ["renderFrame, zoom 1.00 -> 1.12", 1, 1.12],
  ["renderFrame, pan at 1.12", 1.12, 1.12],
  ["renderFrame, zoom 1.0 -> 1.5 (widened taps)", 1, 1.5],
] as const) {
  const picture = prepare(to);
  const path = {
    from: { x: 0.5, y: 0.5, scale: from },
    to: { x: from === to ? 0.55 : 0.5, y: 0.5, scale: to },
    easing: "linear" as const,
  };
  measure(name, FRAMES, (i) =>
    kernel.renderFrame(
      picture,
      viewportRect(viewpointAt(path, i / FRAMES), source.width, source.height, WIDTH, HEIGHT),
      target,
    ),
  );
  kernel.freePicture(picture);
}
measure("blend", FRAMES, () => kernel.blend(target, other, 100, mixed));

const caption = { width: 1400, height: 160 };
const overlay = kernel.prepareOverlay(
  noise(caption.width * caption.height * 4),
  caption.width,
  caption.height,
  {
    x: 261,
    y: 841,
    frameWidth: WIDTH,
    frameHeight: HEIGHT,
  },
);
if (overlay !== null)
  measure("composeOverlay, caption of 1400x160", FRAMES, () => kernel.composeOverlay(overlay, mixed, 256));
const card = kernel.prepareOverlay(noise(WIDTH * HEIGHT * 4), WIDTH, HEIGHT, {
  x: 0,
  y: 0,
  frameWidth: WIDTH,
  frameHeight: HEIGHT,
});
if (card !== null)
  measure("composeOverlay, full frame", FRAMES, () => kernel.composeOverlay(card, mixed, 128));
const { heldBytes } = kernel.memoryUse();
process.stdout.write(`${"kernel memory held".padEnd(44)} ${(heldBytes / 1e6).toFixed(1)} MB\n`);
