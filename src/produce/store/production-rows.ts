/** Rows of the table `productions` as records. Drivers give 64-bit integers as text or as numbers: `Number` takes both. */
import type { SerializedError } from "../../support/errors.ts";
import type { ProductionState } from "../events.ts";
import type {
  ProductionProgress,
  ProductionRecord,
  ProductionSummary,
  SceneRecord,
  StoredEvent,
  StoredResult,
} from "../production-store.ts";

/** Without the columns that may be large: a page of a list needs none of them. */
export const SUMMARY_COLUMNS =
  "id, ordinal, state, title, attempt, progress, error, created_ms, updated_ms, started_ms, ended_ms, cancel_requested, " +
  "jsonb_array_length(scenes) AS scene_count, (result->>'seconds')::double precision AS seconds, " +
  `jsonb_path_query_first(result, '$.files[*] ? (@.kind == "poster").path') #>> '{}' AS poster`;

export interface SummaryRow {
  readonly id: string;
  readonly ordinal: number | string;
  readonly state: ProductionState;
  readonly title: string | null;
  readonly attempt: number;
  readonly progress: ProductionProgress;
  readonly error: SerializedError | null;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly started_ms: number | null;
  readonly ended_ms: number | null;
  readonly cancel_requested: boolean;
  readonly scene_count: number;
  readonly seconds: number | null;
  readonly poster: string | null;
}

export interface ProductionRow extends Omit<SummaryRow, "scene_count" | "seconds" | "poster"> {
  readonly document: Record<string, unknown>;
  readonly owner: string;
  readonly scenes: readonly SceneRecord[];
  readonly problems: readonly SerializedError[];
  readonly result: StoredResult | null;
  readonly worker_id: string | null;
  readonly last_sequence: number;
  readonly lost: number;
}

export interface EventRow {
  readonly sequence: number;
  readonly at_ms: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export function toSummary(row: SummaryRow): ProductionSummary {
  return {
    id: row.id,
    state: row.state,
    title: row.title,
    attempt: row.attempt,
    progress: row.progress,
    error: row.error,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    cancelRequested: row.cancel_requested,
    sceneCount: row.scene_count,
    seconds: row.seconds,
    poster: row.poster,
  };
}

export function toRecord(row: ProductionRow): ProductionRecord {
  return {
    ...toSummary({
      ...row,
      scene_count: row.scenes.length,
      seconds: row.result?.seconds ?? null,
      poster: row.result?.files.find(({ kind }) => kind === "poster")?.path ?? null,
    }),
    document: row.document,
    owner: row.owner,
    scenes: row.scenes,
    problems: row.problems,
    result: row.result,
    workerId: row.worker_id,
    lastSequence: row.last_sequence,
  };
}

export function toEvent(row: EventRow): StoredEvent {
  return { sequence: row.sequence, atMs: row.at_ms, type: row.type, data: row.data };
}
