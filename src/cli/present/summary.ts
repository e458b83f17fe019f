/** What is said when a film is finished. */
import path from "node:path";
import type { Notice, ProductionResult } from "../../produce/events.ts";
import { countOf, formatBytes, formatClock, formatCount, formatSeconds } from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { formatTable } from "../text/table.ts";
import { wrapText } from "../text/wrap.ts";
import type { Style } from "./style.ts";

export function closingLines(
  result: ProductionResult,
  elapsedSeconds: number,
  detail: "full" | "brief",
  style: Style,
  width: number,
): string[] {
  const skipped = result.scenes.filter((scene) => scene.status === "skipped");
  const lines = detail === "full" ? ["", ...stageTable(result, elapsedSeconds, width), ""] : [];
  for (const fact of resultFacts(result, elapsedSeconds))
    lines.push(...wrapText(fact, width).map(withSpaces));
  for (const scene of skipped) {
    const reason = scene.error === null ? "" : `: ${printable(scene.error.message)}`;
    lines.push(...wrapText(`${printable(scene.id)} was skipped${reason}`, width).map(style.failed));
  }
  return lines;
}

/** Facts of a finished film, a line each. */
function resultFacts(result: ProductionResult, elapsedSeconds: number): string[] {
  const { chunks, loudness, encoder } = result;
  const film = [
    `${formatClock(result.seconds)} at ${result.width}x${result.height}`,
    formatBytes(result.sizeBytes),
    printable(encoder.name),
  ];
  if (loudness.integratedLufs !== null) film.push(`${loudness.integratedLufs.toFixed(1)} LUFS`);
  if (loudness.truePeakDb !== null) film.push(`peak ${loudness.truePeakDb.toFixed(1)} dB`);
  const speed = elapsedSeconds > 0 ? ` (${(result.seconds / elapsedSeconds).toFixed(1)}x real time)` : "";
  const work = [
    `${countOf(result.frames, "frame")} in ${formatSeconds(elapsedSeconds)}${speed}`,
    countOf(result.slots, "slot"),
  ];
  if (chunks.cached > 0)
    work.push(`${formatCount(chunks.cached)} of ${countOf(chunks.total, "chunk")} cached`);
  if (result.peakMemoryBytes > 0) work.push(`memory ${formatBytes(result.peakMemoryBytes)}`);
  const facts = [joinFacts(film), joinFacts(work)];
  if (encoder.fallback !== null) {
    facts.push(
      `Encoded with ${printable(encoder.fallback.used)} instead of ${printable(encoder.fallback.wanted)}: ${printable(encoder.fallback.reason)}`,
    );
  }
  const { findings, page } = result.quality;
  if (findings.length > 0) {
    const warnings = findings.filter(({ severity }) => severity === "warning").length;
    const urgent = warnings === 0 ? "" : ` (${countOf(warnings, "warning")})`;
    facts.push(`${countOf(findings.length, "finding")}${urgent}, see ${printable(path.basename(page))}`);
  }
  return facts;
}

/** A line may break between facts only: "memory" alone at its end says nothing. */
function joinFacts(facts: readonly string[]): string {
  return facts.map((fact) => fact.replaceAll(" ", NO_BREAK_SPACE)).join(", ");
}

function withSpaces(line: string): string {
  return line.replaceAll(NO_BREAK_SPACE, " ");
}

const NO_BREAK_SPACE = "\u00a0";

function stageTable(result: ProductionResult, elapsedSeconds: number, width: number): string[] {
  // The shares are of the time the user waited; what no stage accounts for is visible as the difference.
  const whole = Math.max(
    elapsedSeconds,
    result.stages.reduce((sum, { seconds }) => sum + seconds, 0),
  );
  const share = (seconds: number): string => (whole > 0 ? `${Math.round((seconds / whole) * 100)} %` : "");
  const rows = result.stages.map(({ stage, seconds }) => [stage, seconds.toFixed(1), share(seconds)]);
  const columns = [
    { title: "stage" },
    { title: "seconds", align: "right" },
    { title: "share", align: "right" },
  ] as const;
  return formatTable(columns, [...rows, ["total", elapsedSeconds.toFixed(1), ""]], width);
}

/** Of the notices in a result, those that were not shown when they came as events. */
export function unseenNotices(inResult: readonly Notice[], seen: readonly Notice[]): Notice[] {
  const keys = new Set(seen.map(noticeKey));
  return inResult.filter((notice) => !keys.has(noticeKey(notice)));
}

function noticeKey({ code, path, message }: Notice): string {
  return JSON.stringify([code, path ?? null, message]);
}
