/** The motion that encoders are judged on: a slow zoom about a point beside the centre. */
import type { ReferencePicture, ReferenceViewport } from "./reference-resampler.ts";

export interface TestZoom {
  readonly frames: number;
  /** Frame size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Zoom at the first and the last frame; 1 = the largest viewport of the frame's shape. */
  readonly from: number;
  readonly to: number;
  readonly easing: "linear" | "easeInOut";
  /** The picture's point that stands still, 0..1. */
  readonly focus: { readonly x: number; readonly y: number };
}

export function zoomAt(zoom: TestZoom, frame: number): number {
  const time = zoom.frames < 2 ? 0 : frame / (zoom.frames - 1);
  const eased = zoom.easing === "linear" ? time : time * time * (3 - 2 * time);
  return zoom.from + (zoom.to - zoom.from) * eased;
}

/** The part of `picture` that `frame` shows. */
export function viewportAt(
  zoom: TestZoom,
  picture: Pick<ReferencePicture, "width" | "height">,
  frame: number,
): ReferenceViewport {
  const aspect = zoom.width / zoom.height;
  const fullWidth = Math.min(picture.width, picture.height * aspect);
  const fullHeight = fullWidth / aspect;
  const scale = zoomAt(zoom, frame);
  const width = fullWidth / scale;
  const height = fullHeight / scale;
  return {
    width,
    height,
    left: (picture.width - fullWidth) / 2 + zoom.focus.x * (fullWidth - width),
    top: (picture.height - fullHeight) / 2 + zoom.focus.y * (fullHeight - height),
  };
}

/** Where a point of frame 0 (in frame pixels) truly stands in `frame`. */
export function truePositionAt(
  zoom: TestZoom,
  frame: number,
  point: { readonly x: number; readonly y: number },
): { x: number; y: number } {
  const ratio = zoomAt(zoom, frame) / zoomAt(zoom, 0);
  const centreX = zoom.focus.x * zoom.width;
  const centreY = zoom.focus.y * zoom.height;
  return { x: centreX + (point.x - centreX) * ratio, y: centreY + (point.y - centreY) * ratio };
}
