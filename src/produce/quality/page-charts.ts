/**
 * Lanes over a file's time, one above the other, so that what happens together stands together. Drawn as stretched
 * SVG without a letter in it; labels are HTML beside it and keep their shape.
 */
import { formatTimecode } from "../../support/format.ts";
import { html, type Markup } from "./markup.ts";
import type { CueQuality, FileQuality, Finding, SceneQuality } from "./quality-report.ts";

const WIDTH = 1000;
const HEIGHT = 100;
/** LUFS at the bottom and the top of the loudness lane. */
const QUIETEST = -50;
const LOUDEST = 0;
/** Of the reading limit, at the top of its lane. */
const MOST_LOAD = 1.6;
/** A caption of a few frames must still be seen. */
const THINNEST = 1.5;

export function lanes(file: FileQuality, findings: readonly Finding[]): Markup {
  const seconds = Math.max(file.duration.pictureSeconds, 0.001);
  const x = (at: number): number => round((Math.min(Math.max(at, 0), seconds) / seconds) * WIDTH);
  const cuts = file.scenes.slice(1).map(({ startSeconds }) => line(x(startSeconds), "cut"));
  const cues = file.scenes.flatMap((scene) => scene.captions?.cues ?? []);
  const found = findings.flatMap(({ atSeconds, severity }) =>
    atSeconds === null ? [] : [line(x(atSeconds), severity)],
  );
  return html`
    <div class="lanes">
      ${found.length === 0 ? null : lane("Findings", "", "thin", found, [])}
      ${loudnessLane(file, x, cuts)}
      ${bitrateLane(file.scenes, x)}
      ${cues.length === 0 ? null : readingLane(cues, x, cuts)}
      ${spanLane(file, x, cuts)}
      <div class="axis"><span></span><div>${ticks(seconds)}</div></div>
    </div>`;
}

type Place = (atSeconds: number) => number;

function loudnessLane({ loudness }: FileQuality, x: Place, cuts: readonly Markup[]): Markup | null {
  if (loudness === null) return null;
  const y = (lufs: number): number =>
    round(HEIGHT * (1 - (Math.max(lufs, QUIETEST) - QUIETEST) / (LOUDEST - QUIETEST)));
  const runs: string[] = [];
  let isDrawing = false;
  for (const [second, lufs] of loudness.curve.entries()) {
    if (lufs === null) isDrawing = false;
    else {
      runs.push(`${isDrawing ? "L" : "M"}${x(second + 0.5)} ${y(lufs)}${isDrawing ? "" : "h.1"}`);
      isDrawing = true;
    }
  }
  const { targetLufs, maxShortTermLufs } = loudness;
  const target = targetLufs === null ? null : html`<path class="limit" d="M0 ${y(targetLufs)}H${WIDTH}"/>`;
  const note =
    maxShortTermLufs === null ? "silent" : `loudest 3 s ${minus(maxShortTermLufs.toFixed(1))} LUFS`;
  return lane(
    "Loudness",
    note,
    "",
    [...cuts, ...maybe(target), html`<path class="curve" d="${runs.join("")}"/>`],
    targetLufs === null ? [] : [{ y: y(targetLufs), text: minus(targetLufs) }],
  );
}

function bitrateLane(scenes: readonly SceneQuality[], x: Place): Markup {
  const most = Math.max(1, ...scenes.map(({ videoBitsPerSecond }) => videoBitsPerSecond));
  const bars = scenes.map(({ id, startSeconds, seconds, videoBitsPerSecond }) => {
    const height = round(Math.max(1, (videoBitsPerSecond / most) * (HEIGHT - 8)));
    const [left, right] = [x(startSeconds), x(startSeconds + seconds)];
    return html`<rect class="bar" x="${round(left + 0.5)}" y="${round(HEIGHT - height)}" width="${round(Math.max(THINNEST, right - left - 1))}" height="${height}"><title>${id}: ${formatRate(videoBitsPerSecond)}</title></rect>`;
  });
  return lane("Bit rate", `most ${formatRate(most)}`, "", bars, []);
}

function readingLane(cues: readonly CueQuality[], x: Place, cuts: readonly Markup[]): Markup {
  const y = (load: number): number => round(HEIGHT * (1 - Math.min(load, MOST_LOAD) / MOST_LOAD));
  const bars = cues.map((cue) => {
    const left = x(cue.startSeconds);
    const width = Math.max(THINNEST, x(cue.startSeconds + cue.seconds) - left - 0.5);
    const top = y(cue.load);
    return html`<rect class="bar${cue.load > 1 ? " over" : ""}" x="${left}" y="${top}" width="${round(width)}" height="${round(HEIGHT - top)}"><title>${cue.text}: ${cue.charactersPerSecond.toFixed(1)} characters a second</title></rect>`;
  });
  const fastest = Math.max(...cues.map(({ charactersPerSecond }) => charactersPerSecond));
  return lane(
    "Reading speed",
    `fastest ${fastest.toFixed(0)} characters a second`,
    "",
    [...cuts, ...bars, html`<path class="limit" d="M0 ${y(1)}H${WIDTH}"/>`],
    [{ y: y(1), text: "limit" }],
  );
}

function spanLane(file: FileQuality, x: Place, cuts: readonly Markup[]): Markup | null {
  const marks = [
    ...file.black.map((span) => ({ ...span, kind: "black", row: 0, text: "black" })),
    ...file.still.map((span) => ({
      ...span,
      kind: `still ${span.why}`,
      row: 1,
      text: STILL_WORDS[span.why],
    })),
    ...file.silent.map((span) => ({ ...span, kind: "silent", row: 2, text: "silent" })),
  ];
  if (marks.length === 0) return null;
  const rows = marks.map(({ startSeconds, seconds, kind, row, text }) => {
    const left = x(startSeconds);
    const width = round(Math.max(THINNEST, x(startSeconds + seconds) - left));
    return html`<rect class="span ${kind}" x="${left}" y="${row * 34}" width="${width}" height="24"><title>${text}, ${seconds.toFixed(1)} s from ${formatTimecode(startSeconds)} on</title></rect>`;
  });
  return lane("Black\nStill\nSilent", "", "low", [...cuts, ...rows], []);
}

/** What became of a span in which nothing moves, in words. */
export const STILL_WORDS = {
  plan: "still, as planned",
  plain: "plain: motion cannot be seen",
  held: "the video's last frame, held",
  frozen: "the video stands still",
} as const;

function lane(
  name: string,
  note: string,
  kind: string,
  drawing: readonly Markup[],
  labels: readonly { readonly y: number; readonly text: string }[],
): Markup {
  return html`
    <div class="lane ${kind}">
      <span><b>${name}</b>${note === "" ? null : html`<small>${note}</small>`}</span>
      <div>
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${name}${note === "" ? "" : `, ${note}`}">${drawing}</svg>
        ${labels.map(({ y, text }) => html`<i style="top:${y}%">${text}</i>`)}
      </div>
    </div>`;
}

function line(at: number, kind: string): Markup {
  return html`<path class="${kind}" d="M${at} 0V${HEIGHT}"/>`;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const MOST_TICKS = 8;

function ticks(seconds: number): Markup[] {
  const step = STEPS.find((each) => seconds / each <= MOST_TICKS) ?? 3600;
  const count = Math.floor(seconds / step) + 1;
  return Array.from({ length: count }, (_, index) => {
    const at = index * step;
    return html`<time style="left:${round((at / seconds) * 100)}%">${formatTimecode(at).replace(/\.0$/, "")}</time>`;
  }).filter((_, index) => (index * step) / seconds < 0.96);
}

export function formatRate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

export function minus(figure: string | number): string {
  return String(figure).replace("-", "\u2212");
}

function maybe(markup: Markup | null): Markup[] {
  return markup === null ? [] : [markup];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
