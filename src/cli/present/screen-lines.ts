/** A render as the lines of one screen. Pure: the view in, lines of at most `width` columns out. */
import { thinBar } from "../text/bar.ts";
import { displayWidth, fitToWidth, truncateToWidth } from "../text/display-width.ts";
import {
  countOf,
  formatBytes,
  formatClock,
  formatCount,
  formatFrameRate,
  formatPercent,
} from "../text/formats.ts";
import type { Heading } from "./presenter.ts";
import type { RenderView, SceneView } from "./render-view.ts";
import type { Style } from "./style.ts";

export interface ScreenSize {
  readonly width: number;
  /** Lines that may be drawn; a frame taller than the terminal could not be redrawn in place. */
  readonly height: number;
}

const MAX_SCENE_LINES = 12;
/** Title, bar, status and the line that counts what is not shown. */
const FIXED_LINES = 4;
/** The latest; all of them are printed at the end. */
const FLEET_LINES = 4;
const MIN_BAR_WIDTH = 8;

export function screenLines(heading: Heading, view: RenderView, size: ScreenSize, style: Style): string[] {
  const atWork = view.scenesAtWork();
  const room = Math.max(0, Math.min(MAX_SCENE_LINES, size.height - FIXED_LINES));
  const shown = atWork.slice(0, room);
  const nameWidth = shown.reduce((widest, scene) => Math.max(widest, displayWidth(scene.id)), 0);
  const lines = [
    titleLine(heading, view, size.width),
    totalLine(view, size.width, style),
    statusLine(view, size.width, style),
  ];
  lines.push(
    ...shown.map((scene) =>
      sceneLine(scene, Math.min(nameWidth, Math.floor(size.width / 3)), size.width, style),
    ),
  );
  lines.push(
    ...view.fleet.slice(-FLEET_LINES).map((line) => style.waiting(truncateToWidth(line, size.width))),
  );
  if (atWork.length > shown.length && room > 0) {
    lines.push(
      style.waiting(truncateToWidth(`  and ${formatCount(atWork.length - shown.length)} more`, size.width)),
    );
  }
  return lines.slice(0, Math.max(1, size.height));
}

function titleLine(heading: Heading, view: RenderView, width: number): string {
  const facts = [`${heading.width}x${heading.height}`, formatFrameRate(heading.fps)];
  if (view.planned !== null) facts.push(formatClock(view.planned.seconds));
  const tail = `   ${facts.join(", ")}`;
  const room = width - displayWidth(tail);
  return room < 8 ? truncateToWidth(heading.title, width) : truncateToWidth(heading.title, room) + tail;
}

function totalLine(view: RenderView, width: number, style: Style): string {
  const { progress, planned, fetched } = view;
  const total = progress?.framesTotal ?? planned?.totalFrames ?? 0;
  if (total === 0) {
    const fraction = fetched === null || fetched.total === 0 ? 0 : fetched.done / fetched.total;
    const cells = fetched === null ? [] : fetchedCells(fetched);
    return barLine("", fraction, cells, width, (text) => text, style);
  }
  const rendered = view.state === "succeeded" ? total : (progress?.framesRendered ?? 0);
  const cells = [formatPercent(rendered / total).padStart(5), framesCell(rendered, total)];
  if (view.state === "rendering" && progress !== null && progress.fps !== null)
    cells.push(fpsCell(progress.fps));
  if (
    view.state === "rendering" &&
    progress !== null &&
    progress.etaSeconds !== null &&
    view.stopping === null
  ) {
    cells.push(`${formatClock(progress.etaSeconds).padStart(5)} left`);
  }
  return barLine("", rendered / total, cells, width, paintOf(view, style), style);
}

/** "2/5 scenes"; while files come from URLs "0/3 files", "34 MB of 120 MB". */
function fetchedCells(fetched: NonNullable<RenderView["fetched"]>): string[] {
  const { done, total, receivedBytes, totalBytes } = fetched;
  if (receivedBytes === null) return [`${formatCount(done)}/${countOf(total, "scene")}`];
  const arrived =
    totalBytes === null
      ? formatBytes(receivedBytes)
      : `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`;
  return [`${formatCount(done)}/${countOf(total, "file")}`, ...(receivedBytes === 0 ? [] : [arrived])];
}

function paintOf(view: RenderView, style: Style): (text: string) => string {
  if (view.state === "succeeded") return style.done;
  return view.state === "failed" ? style.failed : (text) => text;
}

function statusLine(view: RenderView, width: number, style: Style): string {
  const facts: string[] = [view.stopping ?? view.state];
  const { planned, counts, fetched } = view;
  if (view.state === "fetching" && fetched !== null) facts.push(fetched.name);
  if (planned !== null) {
    facts.push(`${formatCount(counts.done)} of ${countOf(planned.scenes, "scene")} done`);
    if (counts.skipped + counts.failed > 0)
      facts.push(`${formatCount(counts.skipped + counts.failed)} failed`);
    if (planned.cachedChunks > 0)
      facts.push(`${formatCount(planned.cachedChunks)} of ${countOf(planned.chunks, "chunk")} cached`);
    facts.push(countOf(planned.slots, "slot"));
  }
  if (view.notices.length > 0) facts.push(countOf(view.notices.length, "notice"));
  const text = truncateToWidth(facts.join(", "), width);
  if (view.stopping !== null) return style.retried(text);
  return view.state === "failed" ? style.failed(text) : style.waiting(text);
}

function sceneLine(scene: SceneView, nameWidth: number, width: number, style: Style): string {
  const cells = [framesCell(scene.framesRendered, scene.framesTotal)];
  if (scene.fps !== null) cells.push(fpsCell(scene.fps));
  if (scene.attempt > 1) cells.push(`attempt ${scene.attempt}`);
  const paint = scene.attempt > 1 || scene.status === "retried" ? style.retried : (text: string) => text;
  const fraction = scene.framesTotal === 0 ? 0 : scene.framesRendered / scene.framesTotal;
  return barLine(`  ${fitToWidth(scene.id, nameWidth)}  `, fraction, cells, width, paint, style);
}

/** A label, a bar and cells on its right; cells give way from the right until the bar has room. */
function barLine(
  label: string,
  fraction: number,
  cells: readonly string[],
  width: number,
  paint: (text: string) => string,
  style: Style,
): string {
  const kept = [...cells];
  const right = (): string => kept.map((cell) => `  ${cell}`).join("");
  const room = (): number => width - displayWidth(label) - displayWidth(right());
  while (kept.length > 0 && room() < MIN_BAR_WIDTH) kept.pop();
  const { done, rest } = thinBar(fraction, Math.max(0, room()));
  return paint(label + done) + style.waiting(rest) + paint(right());
}

function framesCell(rendered: number, total: number): string {
  const all = formatCount(total);
  return `${formatCount(rendered).padStart(all.length)}/${all} frames`;
}

function fpsCell(fps: number): string {
  return `${fps.toFixed(1).padStart(5)} fps`;
}
