/** Requests to one agent: the key, time limits, and answers read back into errors. */
import { Readable } from "node:stream";
import { abortError, linkSignals, sleep } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { AgentRefusal } from "../protocol.ts";
import type { AgentPool } from "./pinned-pool.ts";

export interface ConnectionOptions {
  readonly pool: AgentPool;
  readonly key: string;
  readonly clock: Clock;
  /** Nothing heard for this long: the agent counts as lost. */
  readonly silentMs: number;
}

export interface AgentRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From `/v1/` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Hears of every piece of the body that was taken to be sent. */
  readonly onSent?: () => void;
}

export interface AgentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends with an error when the agent falls silent. Leaving the loop early ends the connection. */
  readonly body: AsyncIterable<Buffer>;
}

/** What an answer that is no success says. */
export class RefusedByAgent extends ReelburstError {
  readonly missing: readonly string[];

  constructor({ error, missing = [] }: AgentRefusal) {
    super(error.code, error.message, error);
    this.missing = missing;
  }
}

const MAX_SMALL_BYTES = 1e6;
const BYTES = { objectMode: false };
const RETRY_MS = 100;
const MOST_RETRY_MS = 2000;

export class AgentConnection {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get silentMs(): number {
    return this.#options.silentMs;
  }

  /**
   * @throws RefusedByAgent for every answer that is no success
   * @throws ReelburstError AGENT_UNREACHABLE (retryable), AGENT_CERTIFICATE_WRONG, ABORTED
   */
  async send(request: AgentRequest): Promise<AgentAnswer> {
    const { pool, key } = this.#options;
    const linked = linkSignals(request.signal);
    const silence = this.#watch(() => linked.abort(unreachable("It fell silent.")));
    const sent = (): void => {
      silence.alive();
      request.onSent?.();
    };
    const end = (): void => {
      silence.stop();
      linked.unlink();
    };
    try {
      const answer = await pool.request({
        method: request.method,
        path: request.path,
        headers: { authorization: `Bearer ${key}`, ...request.headers },
        body:
          typeof request.body === "object"
            ? Readable.from(watched(request.body, sent), BYTES)
            : (request.body ?? null),
        signal: linked.signal,
      });
      silence.alive();
      // An aborted body says so by an event that nobody may be listening to.
      answer.body.on("error", () => {});
      const { statusCode: status, headers } = answer;
      const body = this.#read(answer.body, linked.signal, silence.alive, end);
      if (status >= 200 && status < 300) return { status, headers, body };
      throw await refusal(status, body);
    } catch (error) {
      end();
      throw known(error, linked.signal);
    }
  }

  /** The whole answer as JSON, or null when there is none. */
  async json(request: AgentRequest): Promise<unknown> {
    const { status, body } = await this.send(request);
    const text = await readSmall(body);
    if (status === 204 || text === "") return null;
    return parseJson(text);
  }

  /**
   * Does `work` again while the agent can't be reached, until nothing was heard for `silentMs`. `work` is given a
   * function to call when it hears something.
   *
   * @throws ReelburstError AGENT_SILENT (retryable); whatever else `work` throws
   */
  async persist<Result>(
    work: (heard: () => void) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { clock, silentMs } = this.#options;
    let heardMs = clock.monotonicMs();
    let waitMs = RETRY_MS;
    const heard = (): void => {
      heardMs = clock.monotonicMs();
      waitMs = RETRY_MS;
    };
    for (;;) {
      try {
        return await work(heard);
      } catch (error) {
        if (!(error instanceof ReelburstError) || error.code !== "AGENT_UNREACHABLE") throw error;
        if (clock.monotonicMs() - heardMs + waitMs >= silentMs)
          throw new ReelburstError("AGENT_SILENT", `The agent said nothing for ${silentMs / 1000} s.`, {
            retryable: true,
            cause: error,
          });
        await sleep(waitMs, { signal, clock });
        waitMs = Math.min(MOST_RETRY_MS, waitMs * 2);
      }
    }
  }

  #watch(onSilent: () => void): { alive: () => void; stop: () => void } {
    const { clock, silentMs } = this.#options;
    let aliveMs = clock.monotonicMs();
    let cancel = (): void => {};
    const wait = (): void => {
      const leftMs = aliveMs + silentMs - clock.monotonicMs();
      if (leftMs <= 0) onSilent();
      else cancel = clock.after(leftMs, wait);
    };
    wait();
    return {
      alive: () => {
        aliveMs = clock.monotonicMs();
      },
      stop: () => cancel(),
    };
  }

  async *#read(
    body: Readable,
    signal: AbortSignal,
    alive: () => void,
    end: () => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const piece of body as AsyncIterable<Buffer>) {
        alive();
        yield piece;
      }
    } catch (error) {
      throw known(error, signal);
    } finally {
      end();
      body.destroy();
    }
  }
}

async function* watched(body: AsyncIterable<Uint8Array>, sent: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    yield piece;
    sent();
  }
}

async function refusal(status: number, body: AsyncIterable<Buffer>): Promise<ReelburstError> {
  const answer = parseJson(await readSmall(body)) as Partial<AgentRefusal> | null;
  const error = answer?.error;
  if (typeof error?.code === "string" && typeof error.message === "string")
    return new RefusedByAgent({
      error,
      missing: (answer?.missing ?? []).filter((each) => typeof each === "string"),
    });
  return new ReelburstError("AGENT_ANSWER_INVALID", `The agent answered with ${status} and no reason.`, {
    retryable: true,
  });
}

async function readSmall(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MAX_SMALL_BYTES)
      throw new ReelburstError("AGENT_ANSWER_INVALID", "The agent's answer is too long.", {
        retryable: true,
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReelburstError("AGENT_ANSWER_INVALID", "The agent's answer is no JSON.", {
      retryable: true,
      cause: error,
    });
  }
}

function known(error: unknown, signal: AbortSignal): ReelburstError {
  if (error instanceof ReelburstError) return error;
  if (signal.aborted) return abortError(signal);
  return unreachable("The connection failed.", error);
}

function unreachable(why: string, cause?: unknown): ReelburstError {
  return new ReelburstError("AGENT_UNREACHABLE", `The agent can't be reached. ${why}`, {
    retryable: true,
    cause,
  });
}
