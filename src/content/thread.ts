import { Worker } from "node:worker_threads";
import { whenAborted, withTimeout } from "../support/abort.ts";
import { ReelburstError, type SerializedError } from "../support/errors.ts";

export type ThreadReply = { readonly result: unknown } | { readonly error: SerializedError };

export interface ThreadOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What the error says when it takes too long or too much memory. */
  readonly tooMuch: { readonly message: string; readonly hint: string };
}

const HEAP_MB = 512;

/**
 * Work on a stranger's text in a thread of its own: parsers have inputs that take them minutes or all the memory, and
 * only a thread can be ended from outside. The file posts one `ThreadReply`.
 *
 * @throws ReelburstError the thread's own, SOURCE_UNREADABLE, ABORTED
 */
export async function inThread<Result>(file: URL, input: unknown, options: ThreadOptions): Promise<Result> {
  const { timeoutMs, signal, tooMuch } = options;
  const worker = new Worker(file, { workerData: input, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  const replied = new Promise<ThreadReply>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("The thread ended.")));
  });
  const stop = whenAborted(signal, () => void worker.terminate());
  try {
    const reply = await withTimeout(() => replied, { timeoutMs, what: "The text's reader", signal });
    if ("error" in reply) throw ReelburstError.fromJSON(reply.error);
    return reply.result as Result;
  } catch (error) {
    if (signal.aborted || (error instanceof ReelburstError && error.code !== "TIMED_OUT")) throw error;
    throw new ReelburstError("SOURCE_UNREADABLE", tooMuch.message, { cause: error, hint: tooMuch.hint });
  } finally {
    stop();
    await worker.terminate();
  }
}
