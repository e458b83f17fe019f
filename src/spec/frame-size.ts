import type { Issue } from "./issue.ts";
import { errorIssue, warningIssue } from "./issue.ts";

export const MIN_SIDE_PIXELS = 64;
export const MAX_SIDE_PIXELS = 7680;

/** The short side in pixels; `1080p` upright is 1080 wide, never a shrunk 608. */
export const RESOLUTIONS = { "720p": 720, "1080p": 1080, "1440p": 1440, "4k": 2160 } as const;
export const ASPECTS = { "16:9": [16, 9], "9:16": [9, 16], "1:1": [1, 1], "4:5": [4, 5] } as const;

export interface FrameSizeInput {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly aspect?: keyof typeof ASPECTS | undefined;
  readonly resolution?: keyof typeof RESOLUTIONS | undefined;
}

export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels from either `width` and `height` or `aspect` (default `usualAspect`) and `resolution` (default 1080p).
 * Encoders need even sides: an odd one is rounded down, never up past a limit, with a warning.
 */
export function resolveFrameSize(
  input: FrameSizeInput,
  usualAspect: keyof typeof ASPECTS = "16:9",
): { size: FrameSize; issues: Issue[] } {
  const issues: Issue[] = [];
  const { width, height, aspect, resolution } = input;
  const named = namedSize(aspect ?? usualAspect, resolution ?? "1080p");
  if (width === undefined && height === undefined) return { size: named, issues };
  if (aspect !== undefined || resolution !== undefined) {
    issues.push(
      errorIssue(
        "OUTPUT_SIZE_CONFLICT",
        "output",
        "The frame size is stated twice: as width and height, and as aspect or resolution.",
        "Keep one of the two.",
      ),
    );
  }
  if (width === undefined || height === undefined) {
    const [given, missing] = width === undefined ? ["height", "width"] : ["width", "height"];
    issues.push(
      errorIssue(
        "OUTPUT_SIZE_INCOMPLETE",
        `output.${missing}`,
        `The output has a ${given} but no ${missing}.`,
        `Add output.${missing}, or use output.aspect with output.resolution.`,
      ),
    );
    return { size: named, issues };
  }
  return {
    size: { width: evenSide("width", width, issues), height: evenSide("height", height, issues) },
    issues,
  };
}

function namedSize(aspect: keyof typeof ASPECTS, resolution: keyof typeof RESOLUTIONS): FrameSize {
  const [across, down] = ASPECTS[aspect];
  const unit = RESOLUTIONS[resolution] / Math.min(across, down);
  return { width: across * unit, height: down * unit };
}

function evenSide(side: "width" | "height", pixels: number, issues: Issue[]): number {
  if (pixels % 2 === 0) return pixels;
  issues.push(
    warningIssue(
      "OUTPUT_SIZE_ROUNDED",
      `output.${side}`,
      `Video frames need even sides: ${side} ${pixels} becomes ${pixels - 1}.`,
    ),
  );
  return pixels - 1;
}
