/** Draws chunks on a rented machine as a render process next door would: same input, same output, same file. */
import { rm } from "node:fs/promises";
import { chunkKey } from "../../render/chunk-key.ts";
import { ENGINE_VERSION } from "../../render/plan.ts";
import type { TaskInput, TaskOutput } from "../../render/process/tasks.ts";
import { linkSignals, sleep } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import { BLOB_NAME, type ChunkOrder } from "../protocol.ts";
import { type AgentConnection, RefusedByAgent } from "./connection.ts";
import { fetchOutput } from "./fetch-output.ts";
import { followChunk } from "./follow-chunk.ts";
import type { SharedUploads } from "./shared-uploads.ts";

export type RenderChunkInput = TaskInput<"renderChunk">;
export type ChunkFacts = TaskOutput<"renderChunk">;

export interface RemoteRunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

export interface RemoteRunTools {
  readonly connection: AgentConnection;
  readonly uploads: SharedUploads;
  /** A token that never comes again. */
  readonly newAttempt: () => string;
  /** Ends what may still be at work and drops the result. Not waited for: the chunk is here, or was given up. */
  readonly letGo: (attempt: string) => void;
  /** How long a full agent is asked again. */
  readonly fullMs: number;
  /** Presigned https addresses of inputs that lie in a store; undefined: the input is sent. */
  readonly urlOf: (digest: string) => string | undefined;
  /** Looks at the file that came, in a place where looking is safe. Throws when it is no such chunk. */
  readonly probe: ((path: string, input: RenderChunkInput) => Promise<void>) | null;
}

const FULL_RETRY_MS = 250;
/** Several inputs may be pushed out again by those of others while they wait; more often it is no accident. */
const MOST_ROUNDS = 5;

/**
 * @throws ReelburstError whatever drawing fails with; AGENT_SILENT, AGENT_FULL, AGENT_DRAINING, AGENT_ENGINE_DIFFERS,
 *   AGENT_KEY_REFUSED, AGENT_CERTIFICATE_WRONG, AGENT_OUTPUT_DAMAGED, ABORTED
 */
export async function renderRemotely(
  input: RenderChunkInput,
  { signal, onProgress }: RemoteRunOptions,
  tools: RemoteRunTools,
): Promise<ChunkFacts> {
  const { connection } = tools;
  const attempt = tools.newAttempt();
  const linked = linkSignals(signal);
  let begun = false;
  try {
    const key = chunkKey(input.plan);
    begun = true;
    await order(attempt, key, input, linked.signal, tools);
    const done = await followChunk(connection, attempt, {
      signal: linked.signal,
      onFrames: (frames, total) => onProgress?.({ done: frames, total }),
    });
    if (done.facts.key !== key)
      throw new ReelburstError("AGENT_OUTPUT_DAMAGED", "The agent drew another chunk.", { retryable: true });
    await fetchOutput(connection, attempt, done, input.outPath, linked.signal);
    await tools.probe?.(input.outPath, input);
    return { ...done.facts, thumbnail: Buffer.from(done.thumbnail, "base64") };
  } catch (thrown) {
    await rm(input.outPath, { force: true });
    if (signal?.aborted) throw new ReelburstError("ABORTED", "Stopped on request.", { cause: signal.reason });
    throw withOurPaths(ReelburstError.from(thrown, "RENDER_INTERNAL"), input);
  } finally {
    linked.unlink();
    if (begun) tools.letGo(attempt);
  }
}

/** Until the agent has taken it. The same token throughout: a lost answer must not draw it twice. */
async function order(
  attempt: string,
  key: string,
  { plan, inputs }: RenderChunkInput,
  signal: AbortSignal,
  { connection, uploads, fullMs, urlOf }: RemoteRunTools,
): Promise<void> {
  const body = JSON.stringify({
    key,
    attempt,
    engine: ENGINE_VERSION,
    plan,
    inputs: Object.keys(inputs).map((sha256) => {
      const url = urlOf(sha256);
      return url === undefined ? { sha256 } : { sha256, url };
    }),
  } satisfies ChunkOrder);
  const fullUntilMs = connection.clock.monotonicMs() + fullMs;
  for (let round = 1; ; ) {
    const asked = uploads.moment();
    try {
      await connection.persist(
        () =>
          connection.json({
            method: "POST",
            path: "/v1/chunks",
            headers: { "content-type": "application/json" },
            body,
            signal,
          }),
        signal,
      );
      return;
    } catch (error) {
      if (!(error instanceof RefusedByAgent)) throw error;
      if (error.code === "AGENT_ATTEMPT_KNOWN") return;
      if (error.code === "AGENT_BLOBS_MISSING" && round++ < MOST_ROUNDS) {
        await Promise.all(
          error.missing.map((digest) => {
            const file = inputs[digest];
            if (file === undefined) throw error;
            return uploads.bring(digest, file, asked, signal);
          }),
        );
      } else if (error.code.endsWith("_FULL") && connection.clock.monotonicMs() < fullUntilMs) {
        await sleep(FULL_RETRY_MS, { signal, clock: connection.clock });
      } else {
        throw error;
      }
    }
  }
}

function withOurPaths(error: ReelburstError, { inputs }: RenderChunkInput): ReelburstError {
  const ours = (text: string): string =>
    text.replace(BLOB_NAME, (name, digest: string) => inputs[digest] ?? name);
  if (error.path === undefined && ours(error.message) === error.message) return error;
  return new ReelburstError(error.code, ours(error.message), {
    path: error.path === undefined ? undefined : ours(error.path),
    hint: error.hint,
    retryable: error.retryable,
    cause: error,
  });
}
