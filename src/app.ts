/**
 * The composition root: config -> wired parts. The only file that names concrete backends.
 */
import type { Config } from "./config.ts";
import type { ProductionEvent, ProductionResult } from "./produce/events.ts";
import type { Production } from "./spec/production.ts";

export interface RenderRequest {
  readonly production: Production;
  /** Absolute: a film's file name (.mp4), or a folder. */
  readonly output: string;
  readonly slots: number | null;
  /** false: nothing is taken from the cache and nothing stored in it. */
  readonly useCache: boolean;
}

export interface RenderHooks {
  readonly signal: AbortSignal;
  readonly emit: (event: ProductionEvent) => void;
}

/** What `reelburst plan` shows: everything but the pictures. */
export interface PlanReport {
  readonly title: string | null;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  readonly seconds: number;
  readonly encoder: string;
  readonly slots: number;
  readonly chunks: { readonly total: number; readonly cached: number };
  readonly scenes: readonly {
    readonly id: string;
    readonly startSeconds: number;
    readonly seconds: number;
    readonly frames: number;
    readonly chunks: number;
    readonly cachedChunks: number;
    readonly motion: string;
    readonly captions: number;
    readonly transition: string;
  }[];
  /** From the speed measured on this machine; null before the first render. */
  readonly predictedSeconds: number | null;
  readonly predictedBasis: string;
  readonly notices: readonly { readonly code: string; readonly message: string; readonly path?: string | undefined; readonly hint?: string | undefined }[];
}

export interface DoctorCheck {
  readonly name: string;
  readonly state: "ok" | "warning" | "failed";
  readonly message: string;
  readonly hint?: string;
}

export interface App {
  render(request: RenderRequest, hooks: RenderHooks): Promise<ProductionResult>;
  plan(request: RenderRequest, hooks: RenderHooks): Promise<PlanReport>;
  /** Checks one after the other, so that a slow one is seen to be at work. */
  doctor(): AsyncIterable<DoctorCheck>;
  /** Ends every child process and waits for it. */
  close(): Promise<void>;
}

export function createApp(_config: Config): App {
  throw new Error("wired below");
}
