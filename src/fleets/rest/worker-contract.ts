/**
 * What a serverless worker is asked and answers: the `input` and the `output` of a job. A worker draws the chunk as an
 * agent does, in a limited child process, and answers an error as data: what it throws, RunPod runs again by itself. On
 * Cloud Run the body of `POST /v1/job` is the input, and the answer the output.
 */
import type { ChunkPlan, Digest } from "../../render/plan.ts";
import type { ChunkFacts } from "../../render/process/tasks/render-chunk.ts";
import type { SerializedError } from "../../support/errors.ts";
import { at, textAt } from "./exchange.ts";

export type WorkerInput =
  | {
      readonly operation: "renderChunk";
      /** `chunkKey(plan)`: the same key is the same bytes, however often it is run. */
      readonly key: string;
      /** `ENGINE_VERSION`; a worker of another one refuses with AGENT_ENGINE_DIFFERS. */
      readonly engine: string;
      readonly plan: ChunkPlan;
      /** Each by a presigned https address, or base64. Held against its hash before it is opened. */
      readonly inputs: readonly {
        readonly sha256: Digest;
        readonly url?: string;
        readonly base64?: string;
      }[];
      /** Where the chunk is PUT; null: it comes back in the answer. */
      readonly putUrl: string | null;
    }
  /** Which encoders have encoded a frame on this worker: what a plan for GPUs is made from. */
  | { readonly operation: "encoders" };

export interface WorkerDone {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly facts: Omit<ChunkFacts, "thumbnail">;
  /** JPEG, base64. */
  readonly thumbnail: string;
  /** The chunk, base64; null: it was PUT. */
  readonly base64: string | null;
}

export type WorkerAnswer =
  | { readonly kind: "done"; readonly done: WorkerDone }
  | { readonly kind: "failed"; readonly error: SerializedError }
  | { readonly kind: "malformed" };

/** Reads `{done}` or `{failed}`: it comes from outside. */
export function readWorkerAnswer(output: unknown): WorkerAnswer {
  const code = textAt(output, "failed", "code");
  if (code !== null) {
    const message = textAt(output, "failed", "message") ?? "The worker failed.";
    const retryable = at(output, "failed", "retryable") === true;
    return { kind: "failed", error: { code, message, retryable } };
  }
  const done = at(output, "done");
  const sizeBytes = at(done, "sizeBytes");
  const isWhole =
    typeof sizeBytes === "number" &&
    /^[0-9a-f]{64}$/.test(textAt(done, "sha256") ?? "") &&
    textAt(done, "facts", "key") !== null &&
    typeof at(done, "thumbnail") === "string";
  if (!isWhole) return { kind: "malformed" };
  return { kind: "done", done: { ...(done as WorkerDone), base64: textAt(done, "base64") } };
}
