/** Productions of a server as lines for people. Everything in them was written by others. */
import type { ServerEvent } from "../../client/events.ts";
import { formatBytes, formatClock, formatCount, formatPercent, formatSeconds } from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { formatTable } from "../text/table.ts";
import { wrapText } from "../text/wrap.ts";
import type { Style } from "./style.ts";

/** What is shown of a production; its scenes, files and costs come with a single one only. */
export interface ProductionView {
  readonly id: string;
  readonly status: string;
  readonly title: string | null;
  readonly attempt: number;
  readonly progress: number;
  readonly framesRendered: number;
  readonly framesTotal: number;
  readonly fps: number | null;
  readonly etaSeconds: number | null;
  readonly cancelRequested: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly scenes?: readonly { readonly id: string; readonly status: string }[];
  readonly result?: { readonly seconds: number; readonly sizeBytes: number } | null;
  readonly costs?: { readonly accrued: number; readonly basis: string };
  readonly url?: string | null;
}

export function productionsTable(
  productions: readonly ProductionView[],
  nowMs: number,
  width: number,
): string[] {
  const columns = [
    { title: "id" },
    { title: "state" },
    { title: "done", align: "right" },
    { title: "age", align: "right" },
    { title: "title", flexible: true },
  ] as const;
  const rows = productions.map((each) => [
    each.id,
    printable(each.status),
    formatPercent(each.progress),
    formatAge(nowMs - Date.parse(each.createdAt)),
    printable(each.title ?? ""),
  ]);
  return formatTable(columns, rows, width);
}

export function productionLines(view: ProductionView, style: Style, width: number): string[] {
  const state = view.cancelRequested ? `${view.status}, cancellation requested` : view.status;
  const paint = { succeeded: style.done, failed: style.failed }[view.status] ?? ((text: string) => text);
  const lines = [
    printable(view.title ?? view.id),
    `id        ${view.id}`,
    `state     ${paint(printable(state))}`,
  ];
  if (view.framesTotal > 0) {
    const facts = [
      `${formatCount(view.framesRendered)} of ${formatCount(view.framesTotal)}`,
      formatPercent(view.progress),
    ];
    if (view.fps !== null) facts.push(`${view.fps.toFixed(1)} fps`);
    if (view.etaSeconds !== null && view.etaSeconds > 0) facts.push(`${formatClock(view.etaSeconds)} left`);
    lines.push(`frames    ${facts.join(", ")}`);
  }
  if (view.scenes !== undefined && view.scenes.length > 0)
    lines.push(`scenes    ${countStates(view.scenes)}`);
  if (view.attempt > 1) lines.push(`attempt   ${view.attempt}`);
  lines.push(`created   ${view.createdAt}`);
  if (view.startedAt !== null && view.endedAt !== null)
    lines.push(`took      ${formatSeconds((Date.parse(view.endedAt) - Date.parse(view.startedAt)) / 1000)}`);
  if (view.result !== undefined && view.result !== null)
    lines.push(`film      ${formatClock(view.result.seconds)}, ${formatBytes(view.result.sizeBytes)}`);
  if (view.costs !== undefined)
    lines.push(`cost      $${view.costs.accrued.toFixed(3)}, ${printable(view.costs.basis)}`);
  if (view.error !== null) {
    const { code, message, hint } = view.error;
    lines.push(...wrapText(`${printable(code)}: ${printable(message)}`, width).map(style.failed));
    if (hint !== undefined) lines.push(...wrapText(printable(hint), width));
  }
  return lines;
}

export function eventLine({ at, type, data }: ServerEvent): string {
  return `${at.slice(0, 19).replace("T", " ")}  ${printable(type).padEnd(9)}  ${printable(eventText(type, data))}`;
}

function eventText(type: string, data: ServerEvent["data"]): string {
  const text = (name: string): string => String(data[name] ?? "");
  const count = (name: string): string => formatCount(Number(data[name] ?? 0));
  switch (type) {
    case "state":
      return data["reason"] === undefined ? text("state") : `${text("state")} (${text("reason")})`;
    case "fetched":
      return `${count("done")} of ${count("total")}: ${text("name")}`;
    case "planned":
      return `${count("scenes")} scenes, ${count("totalFrames")} frames, ${count("chunks")} chunks, ${count("cachedChunks")} cached`;
    case "scene":
      return `${text("id")}: ${text("status")}, ${count("framesRendered")} of ${count("framesTotal")} frames`;
    case "progress":
      return `${count("framesRendered")} of ${count("framesTotal")} frames`;
    case "notice":
    case "failed": {
      const said = (data["notice"] ?? data["error"] ?? {}) as { code?: unknown; message?: unknown };
      return `${String(said.code ?? "")}: ${String(said.message ?? "")}`;
    }
    case "succeeded": {
      const result = (data["result"] ?? {}) as { seconds?: number; sizeBytes?: number };
      return `${formatClock(result.seconds ?? 0)}, ${formatBytes(result.sizeBytes ?? 0)}`;
    }
    default:
      return JSON.stringify(data);
  }
}

function countStates(scenes: readonly { readonly status: string }[]): string {
  const counts = new Map<string, number>();
  for (const { status } of scenes) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${formatCount(count)} ${printable(status)}`).join(", ");
}

function formatAge(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}
