/** Inputs on their way to one agent. Chunks that share an input share its one upload. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { linkSignals, sleep, throwIfAborted, whenAborted } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import { sha256File } from "../../support/hash.ts";
import type { AgentConnection } from "./connection.ts";

interface Upload {
  readonly finished: Promise<void>;
  readonly stop: AbortController;
  /** Chunks that wait for it; when none does any more, it ends. */
  waiting: number;
}

const PIECE_BYTES = 1 << 18;
const ATTEMPTS = 2;
const FULL_RETRY_MS = 250;

export class SharedUploads {
  readonly #connection: AgentConnection;
  readonly #running = new Map<string, Upload>();
  /** Moment at which a blob was last known to have arrived, on a count of our own. */
  readonly #arrived = new Map<string, number>();
  #count = 0;

  constructor(connection: AgentConnection) {
    this.#connection = connection;
  }

  /** Taken before the agent is asked what it lacks, for `bring`. */
  moment(): number {
    return ++this.#count;
  }

  /**
   * Resolves when the agent has the blob. What arrived since `asked` is not sent again: the agent's "missing" is older
   * than that.
   */
  async bring(sha256: string, file: string, asked: number, signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    if ((this.#arrived.get(sha256) ?? 0) > asked) return;
    const upload = this.#running.get(sha256) ?? this.#start(sha256, file);
    upload.waiting += 1;
    const linked = linkSignals(signal);
    try {
      await Promise.race([
        upload.finished,
        new Promise<never>((_, reject) =>
          whenAborted(linked.signal, () => reject(new ReelburstError("ABORTED", "Stopped on request."))),
        ),
      ]);
    } finally {
      linked.unlink();
      upload.waiting -= 1;
      if (upload.waiting === 0) {
        // Whoever comes now begins anew instead of waiting for what is being stopped.
        if (this.#running.get(sha256) === upload) this.#running.delete(sha256);
        upload.stop.abort();
      }
    }
  }

  #start(sha256: string, file: string): Upload {
    const stop = new AbortController();
    const finished = this.#upload(sha256, file, stop.signal).then(() => {
      this.#arrived.set(sha256, this.moment());
    });
    const upload = { finished, stop, waiting: 0 };
    const forget = (): void => {
      if (this.#running.get(sha256) === upload) this.#running.delete(sha256);
    };
    finished.then(forget, forget);
    this.#running.set(sha256, upload);
    return upload;
  }

  async #upload(sha256: string, file: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connection.persist((heard) => this.#send(sha256, file, signal, heard), signal);
      } catch (error) {
        if (!(error instanceof ReelburstError)) throw error;
        if (error.code === "AGENT_UPLOADS_FULL") {
          await sleep(FULL_RETRY_MS, { signal, clock: this.#connection.clock });
          attempt -= 1;
          continue;
        }
        if (error.code !== "AGENT_BLOB_DAMAGED") throw error;
        if ((await sha256File(file)) !== sha256) throw changed(file);
        if (attempt >= ATTEMPTS) throw error;
      }
    }
  }

  async #send(sha256: string, file: string, signal: AbortSignal, heard: () => void): Promise<void> {
    const { size } = await stat(file).catch((error: unknown) => {
      throw new ReelburstError("INPUT_MISSING", `${file} is gone.`, { path: file, cause: error });
    });
    const body = createReadStream(file, { highWaterMark: PIECE_BYTES });
    try {
      await this.#connection.json({
        method: "PUT",
        path: `/v1/blobs/${sha256}`,
        headers: { "content-length": String(size) },
        body: body as AsyncIterable<Buffer>,
        signal,
        onSent: heard,
      });
    } finally {
      body.destroy();
    }
  }
}

function changed(file: string): ReelburstError {
  return new ReelburstError("INPUT_CHANGED", `${file} was written to while the film was made from it.`, {
    path: file,
  });
}
