/** A chunk to a serverless worker and back: by presigned addresses where there is a store, else inside the messages. */
import { createHash } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { ENGINE_VERSION } from "../../render/plan.ts";
import type { TaskInput, TaskOutput } from "../../render/process/tasks.ts";
import { ReelburstError } from "../../support/errors.ts";
import { readWorkerAnswer, type WorkerInput } from "./worker-contract.ts";

export interface ChunkPaths {
  /** Presigned https addresses of inputs that lie in a store; undefined: the input is sent along. */
  readonly urlOf: (digest: string) => string | undefined;
  /** Where workers put chunks; null: they come back in the answer, as far as they fit. */
  readonly results: {
    readonly putUrlOf: (key: string) => Promise<string>;
    readonly bring: (key: string, outPath: string, signal: AbortSignal | undefined) => Promise<void>;
  } | null;
}

export interface ExchangeLimits {
  /** Of one request, and of the chunk in an answer. */
  readonly sentBytes: number;
  readonly returnedBytes: number;
  /** Codes of what goes wrong. */
  readonly tooLarge: string;
  readonly damaged: string;
}

/** For everything in a request that is neither the plan nor an input. */
const MARGIN = 100_000;

export async function orderOf(
  key: string,
  { plan, inputs }: TaskInput<"renderChunk">,
  { urlOf, results }: ChunkPaths,
  limits: ExchangeLimits,
): Promise<WorkerInput> {
  let room = limits.sentBytes - Buffer.byteLength(JSON.stringify(plan)) - MARGIN;
  const sent: { sha256: string; url?: string; base64?: string }[] = [];
  for (const [sha256, file] of Object.entries(inputs)) {
    const url = urlOf(sha256);
    if (url === undefined) {
      room -= Math.ceil((await stat(file)).size / 3) * 4 + 100;
      if (room < 0) {
        const message = "The inputs of a chunk are larger than one request may be.";
        const hint = "Configure an object store; inputs are then fetched from there.";
        throw new ReelburstError(limits.tooLarge, message, { path: file, hint });
      }
    }
    sent.push({ sha256, ...(url === undefined ? { base64: await readFile(file, "base64") } : { url }) });
  }
  const putUrl = results === null ? null : await results.putUrlOf(key);
  return { operation: "renderChunk", key, engine: ENGINE_VERSION, plan, inputs: sent, putUrl };
}

/** The chunk, where it belongs, and as it was said to be. @throws ReelburstError the worker's own, or `limits.damaged` */
export async function bringChunk(
  key: string,
  output: unknown,
  outPath: string,
  { results }: ChunkPaths,
  limits: ExchangeLimits,
  signal: AbortSignal | undefined,
): Promise<TaskOutput<"renderChunk">> {
  const damaged = (message: string) => new ReelburstError(limits.damaged, message, { retryable: true });
  const answer = readWorkerAnswer(output);
  if (answer.kind === "failed") throw ReelburstError.fromJSON(answer.error);
  if (answer.kind === "malformed" || answer.done.facts.key !== key) {
    throw damaged("The worker answered something else than was asked for.");
  }
  const { done } = answer;
  if (done.base64 !== null) {
    if (done.base64.length > (limits.returnedBytes * 4) / 3)
      throw damaged("The answer is larger than agreed.");
    await writeFile(outPath, Buffer.from(done.base64, "base64"));
  } else if (results === null) {
    throw damaged("The worker has sent no chunk.");
  } else {
    await results.bring(key, outPath, signal);
  }
  const bytes = await readFile(outPath);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (bytes.length !== done.sizeBytes || sha256 !== done.sha256) {
    throw damaged("The chunk that came is not the one that was drawn.");
  }
  return { ...done.facts, thumbnail: Buffer.from(done.thumbnail, "base64") };
}
