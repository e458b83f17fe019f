import { countOf, formatBytes, formatClock, formatSeconds } from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { type Column, formatTable } from "../text/table.ts";
import type { Style } from "./style.ts";

export interface BatchRow {
  readonly source: string;
  readonly state: "done" | "skipped scenes" | "failed" | "stopped" | "not started";
  readonly code?: string;
  /** Length of the film. */
  readonly seconds?: number;
  readonly sizeBytes?: number;
  readonly elapsedSeconds?: number;
}

const COLUMNS: readonly Column[] = [
  { title: "source", flexible: true },
  { title: "state" },
  { title: "length", align: "right" },
  { title: "size", align: "right" },
  { title: "time", align: "right" },
];

/** One table at the end of a batch. The state is painted as a whole line: cells are measured without colour. */
export function batchLines(rows: readonly BatchRow[], style: Style, width: number): string[] {
  const cells = rows.map((row) => [
    printable(row.source),
    printable(row.code === undefined ? row.state : `${row.state}: ${row.code}`),
    row.seconds === undefined ? "" : formatClock(row.seconds),
    row.sizeBytes === undefined ? "" : formatBytes(row.sizeBytes),
    row.elapsedSeconds === undefined ? "" : formatSeconds(row.elapsedSeconds),
  ]);
  const paint = {
    done: style.done,
    "skipped scenes": style.retried,
    failed: style.failed,
    stopped: style.retried,
    "not started": style.waiting,
  };
  const [head = "", ...lines] = formatTable(COLUMNS, cells, width);
  const finished = rows.filter(({ state }) => state === "done" || state === "skipped scenes").length;
  return [
    head,
    ...lines.map((line, index) => paint[rows[index]?.state ?? "done"](line)),
    `${finished} of ${countOf(rows.length, "film")} finished`,
  ];
}
