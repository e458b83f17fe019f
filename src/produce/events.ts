/** Everything that happens to a production, as data: the CLI draws it, `--json` prints it, a server streams it. */
import type { SerializedError } from "../support/errors.ts";
import type { QualitySummary } from "./quality/quality-report.ts";

export type ProductionState =
  | "queued"
  | "fetching"
  | "planning"
  | "provisioning"
  | "rendering"
  | "assembling"
  | "publishing"
  | "succeeded"
  | "failed"
  | "canceled";

export type SceneStatus = "waiting" | "active" | "done" | "retried" | "failed" | "skipped";

/** Something the user should know that did not stop the work. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly path?: string | undefined;
  readonly hint?: string | undefined;
}

export interface SceneSummary {
  readonly id: string;
  readonly frames: number;
  readonly seconds: number;
  readonly chunks: number;
}

export type ProductionEvent =
  | { readonly type: "state"; readonly state: ProductionState }
  | {
      readonly type: "fetched";
      readonly done: number;
      readonly total: number;
      readonly name: string;
      /** Of files that come from URLs, before the scenes are read; `totalBytes` is null when the server does not say. */
      readonly receivedBytes?: number;
      readonly totalBytes?: number | null;
    }
  | {
      readonly type: "planned";
      readonly totalFrames: number;
      readonly seconds: number;
      readonly chunks: number;
      readonly cachedChunks: number;
      readonly slots: number;
      readonly scenes: readonly SceneSummary[];
    }
  | {
      readonly type: "scene";
      readonly id: string;
      readonly status: SceneStatus;
      readonly framesRendered: number;
      readonly framesTotal: number;
      readonly attempt: number;
      readonly cached: boolean;
      /** Key of the finished chunk whose thumbnail shows the scene best. */
      readonly thumbnail?: string | null;
    }
  | {
      readonly type: "progress";
      readonly framesRendered: number;
      readonly framesTotal: number;
      /** Frames per second over the last seconds; null until it can be told. */
      readonly fps: number | null;
      readonly etaSeconds: number | null;
    }
  | { readonly type: "notice"; readonly notice: Notice }
  /** Rented machines, step by step. */
  | {
      readonly type: "fleet";
      readonly step: string;
      /** For people, one line. */
      readonly text: string;
      readonly machineId: string | null;
      /** Of this render, in millionths of a dollar; with `cost` alone. */
      readonly costMicros: number | null;
    }
  | { readonly type: "succeeded"; readonly result: ProductionResult }
  | {
      readonly type: "failed";
      readonly error: SerializedError;
      readonly problems: readonly SerializedError[];
    };

export interface StageSeconds {
  readonly stage: "fetching" | "planning" | "rendering" | "assembling" | "publishing";
  readonly seconds: number;
}

export interface SceneResult {
  readonly id: string;
  readonly status: "done" | "skipped";
  /** Why it was skipped. */
  readonly error: SerializedError | null;
  readonly startSeconds: number | null;
  readonly seconds: number;
  readonly attempts: number;
  readonly cached: boolean;
  /** CPU-bound seconds its chunks took on their slots. */
  readonly renderSeconds: number;
  /** Its own file, when scenes are delivered. */
  readonly file: string | null;
}

export interface ProductionResult {
  readonly title: string | null;
  /** Absolute path of the film; null when only scenes are delivered. */
  readonly film: string | null;
  readonly files: readonly { readonly kind: string; readonly path: string; readonly sizeBytes: number }[];
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  readonly seconds: number;
  readonly sizeBytes: number;
  readonly loudness: { readonly integratedLufs: number | null; readonly truePeakDb: number | null };
  readonly encoder: {
    readonly name: string;
    readonly fallback: { readonly wanted: string; readonly used: string; readonly reason: string } | null;
  };
  readonly chunks: { readonly total: number; readonly rendered: number; readonly cached: number };
  readonly scenes: readonly SceneResult[];
  readonly notices: readonly Notice[];
  readonly stages: readonly StageSeconds[];
  readonly slots: number;
  /** When each slot finished its last chunk, in seconds from the rendering's start. Empty when all was cached. */
  readonly slotEndSeconds: readonly number[];
  readonly peakMemoryBytes: number;
  readonly quality: QualitySummary;
}
