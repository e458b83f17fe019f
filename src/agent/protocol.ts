/** What the controller and an agent say to each other. JSON over HTTPS; `docs/guide/agent.md` is the same in words. */
import type { ChunkPlan, Digest } from "../render/plan.ts";
import type { ChunkFacts } from "../render/process/tasks/render-chunk.ts";
import type { SerializedError } from "../support/errors.ts";

/** Body of `POST /v1/chunks`. */
export interface ChunkOrder {
  /** The chunk's name in every cache: `chunkKey(plan)`. */
  readonly key: string;
  /** Made up by the controller for one attempt, and the chunk's id from then on. The same one is never run twice. */
  readonly attempt: string;
  /** `ENGINE_VERSION` of the controller. */
  readonly engine: string;
  readonly plan: ChunkPlan;
  readonly inputs: readonly ChunkInput[];
}

export interface ChunkInput {
  readonly sha256: Digest;
  /** https; the agent gets it there when it has no such blob. */
  readonly url?: string;
}

/** Lines of `GET /v1/chunks/{id}/events`. `done` or `failed` is the last. */
export type ChunkEvent =
  /** First line too: what is drawn so far. */
  | { readonly type: "frames"; readonly done: number; readonly total: number }
  | { readonly type: "heartbeat" }
  | ChunkDone
  /** Paths of blobs in it read `blob:<sha256>`. */
  | { readonly type: "failed"; readonly error: SerializedError };

export interface ChunkDone {
  readonly type: "done";
  /** Of the output. */
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly facts: Omit<ChunkFacts, "thumbnail">;
  /** JPEG, base64. */
  readonly thumbnail: string;
}

/** Answer to `GET /v1/health`. */
export interface AgentHealth {
  readonly version: string;
  readonly engine: string;
  readonly slots: number;
  /** Slots at work. */
  readonly busy: number;
  readonly draining: boolean;
  /** libav names of encoders that have encoded a frame on this machine. */
  readonly encoders: readonly string[];
  /** Megapixels drawn and encoded a second by one slot, over the chunks since the start; null before the first. */
  readonly megapixelsPerSecond: number | null;
  readonly chunksDone: number;
  readonly diskFreeBytes: number;
  readonly blobs: { readonly count: number; readonly sizeBytes: number; readonly maxBytes: number };
  /** Until the machine ends itself when nothing is heard; null: it does not. */
  readonly endsInSeconds: number | null;
}

/** Body of every answer from 400 on. */
export interface AgentRefusal {
  readonly error: SerializedError;
  /** With AGENT_BLOBS_MISSING. */
  readonly missing?: readonly Digest[];
}

export const DIGEST = /^[0-9a-f]{64}$/;
export const ATTEMPT = /^[A-Za-z0-9_-]{8,100}$/;

/** How often an event stream says something when there is nothing to say. */
export const HEARTBEAT_MS = 5000;

/** In messages and paths of errors, in place of the agent's own file names. */
export const BLOB_NAME = /blob:([0-9a-f]{64})/g;
