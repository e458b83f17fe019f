import type { PlanReport } from "../../app.ts";
import { truncateToWidth } from "../text/display-width.ts";
import {
  countOf,
  formatClock,
  formatCount,
  formatFrameRate,
  formatSeconds,
  formatTimecode,
} from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { type Column, formatTable } from "../text/table.ts";
import { wrapText } from "../text/wrap.ts";

const COLUMNS: readonly Column[] = [
  { title: "scene", flexible: true },
  { title: "start", align: "right" },
  { title: "length", align: "right" },
  { title: "frames", align: "right" },
  { title: "cached", align: "right" },
  { title: "motion" },
  { title: "captions", align: "right" },
  { title: "transition" },
];

/** The timeline as a table, the totals, and what the render will take. */
export function planLines(report: PlanReport, name: string, width: number): string[] {
  const { chunks, predictedSeconds } = report;
  const facts = [
    `${report.width}x${report.height}`,
    formatFrameRate(report.fps),
    formatClock(report.seconds),
  ];
  const rows = report.scenes.map((scene) => [
    printable(scene.id),
    formatTimecode(scene.startSeconds),
    `${scene.seconds.toFixed(1)} s`,
    formatCount(scene.frames),
    `${scene.cachedChunks} of ${scene.chunks}`,
    printable(scene.motion),
    formatCount(scene.captions),
    printable(scene.transition),
  ]);
  const totals = [
    countOf(report.scenes.length, "scene"),
    `${countOf(report.frames, "frame")}, ${formatCount(report.framesToRender)} to render`,
    `${countOf(chunks.total, "chunk")}, ${formatCount(chunks.cached)} cached`,
    countOf(report.slots, "slot"),
    printable(report.encoder),
  ];
  const predicted =
    predictedSeconds === null ? "time: not known yet" : `time: about ${formatSeconds(predictedSeconds)}`;
  const basis = printable(report.predictedBasis);
  return [
    truncateToWidth(`${printable(report.title ?? name)}   ${facts.join(", ")}`, width),
    "",
    ...formatTable(COLUMNS, rows, width),
    "",
    ...wrapText(totals.join(", "), width),
    ...wrapText(basis === "" ? predicted : `${predicted} (${basis})`, width),
  ];
}
