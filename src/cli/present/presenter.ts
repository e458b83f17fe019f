import type { ProductionEvent } from "../../produce/events.ts";
import type { OutputStream } from "../context.ts";
import { printable } from "../text/printable.ts";
import type { Style } from "./style.ts";

/** Draws one render while it happens. Progress goes to stderr; only `json` writes to stdout. */
export interface Presenter {
  event(event: ProductionEvent): void;
  /** The user asked to stop; the events that end the render are still to come. */
  stopping(): void;
  /** Leaves the terminal in order. Nothing is drawn afterwards. */
  close(): void;
}

/** What stands above a render. */
export interface Heading {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export interface PresenterTools {
  readonly stream: OutputStream;
  readonly style: Style;
  /** Milliseconds. */
  readonly now: () => number;
  readonly every: (milliseconds: number, callback: () => void) => () => void;
  /** `brief` for one render among several: no table of stages. */
  readonly detail: "full" | "brief";
  /** false with `--no-cache`: stopping must not promise what is not so. */
  readonly keepsChunks: boolean;
}

export function stoppingText(keepsChunks: boolean): string {
  return keepsChunks ? "Stopping…; finished chunks are kept" : "Stopping…";
}

const MAX_WIDTH = 100;
const MIN_WIDTH = 20;

/** Columns to draw in: the last one stays free, because some terminals wrap as soon as it is filled. */
export function drawingWidth(stream: OutputStream): number {
  const columns = stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80;
  return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns) - 1);
}

/** A terminal is filled to its width; a log has lines of any length. */
export function textWidth(stream: OutputStream): number {
  return stream.isTTY === true ? drawingWidth(stream) : Number.POSITIVE_INFINITY;
}

export function headingOf(
  production: {
    title: string | null;
    output: { width: number; height: number; fps: { num: number; den: number } };
  },
  name: string,
): Heading {
  const { width, height, fps } = production.output;
  return { title: printable(production.title ?? name), width, height, fps: fps.num / fps.den };
}
