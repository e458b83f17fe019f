/** The motion that every contender of the bench makes: a slow zoom about the centre, constant in speed. */
import { viewpointAt, viewportRect } from "../../src/render/motion/path.ts";
import type { ReferenceViewport } from "../measure/reference-resampler.ts";

export interface ScenePath {
  readonly frames: number;
  /** Zoom at the last frame; 1 at the first. */
  readonly to: number;
}

export const FRAME = { width: 1920, height: 1080 } as const;

function zoomAt({ frames, to }: ScenePath, frame: number): number {
  return to ** (frame / Math.max(1, frames - 1));
}

/** What of a picture is seen in `frame`, in its pixels. */
export function viewportOf(
  path: ScenePath,
  frame: number,
  picture: { readonly width: number; readonly height: number },
): ReferenceViewport {
  const centre = { x: 0.5, y: 0.5 };
  const motion = {
    from: { ...centre, scale: 1 },
    to: { ...centre, scale: path.to },
    easing: "linear",
  } as const;
  const viewpoint = viewpointAt(motion, frame / Math.max(1, path.frames - 1));
  return viewportRect(viewpoint, picture.width, picture.height, FRAME.width, FRAME.height);
}

/** Where a point of frame 0 (in frame pixels) truly stands in `frame`. */
export function truePosition(
  path: ScenePath,
  frame: number,
  point: { readonly x: number; readonly y: number },
): { x: number; y: number } {
  const zoom = zoomAt(path, frame);
  const [x, y] = [FRAME.width / 2, FRAME.height / 2];
  return { x: x + (point.x - x) * zoom, y: y + (point.y - y) * zoom };
}
