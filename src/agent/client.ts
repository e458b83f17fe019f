/** One rented machine, as the controller has it: it is reached, it draws, it is drained. */
import { randomUUID } from "node:crypto";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { TaskInput, TaskName, TaskOutput } from "../render/process/tasks.ts";
import { linkSignals, sleep } from "../support/abort.ts";
import type { Clock } from "../support/clock.ts";
import { AgentConnection } from "./client/connection.ts";
import { createPinnedPool, type PinnedAddress } from "./client/pinned-pool.ts";
import {
  type RemoteRunOptions,
  type RemoteRunTools,
  type RenderChunkInput,
  renderRemotely,
} from "./client/remote-runner.ts";
import { SharedUploads } from "./client/shared-uploads.ts";
import type { AgentHealth } from "./protocol.ts";

export interface AgentClientOptions extends PinnedAddress {
  /** Bearer key of the lease. */
  readonly key: string;
  readonly clock: Clock;
  readonly newAttempt?: () => string;
  readonly timeouts?: Partial<AgentTimeouts>;
  readonly urlOf?: RemoteRunTools["urlOf"];
  readonly probe?: RemoteRunTools["probe"];
}

export interface AgentTimeouts {
  readonly connectMs: number;
  /** Nothing heard for this long: AGENT_SILENT. An agent with work says something every five seconds. */
  readonly silentMs: number;
  /** How long a full agent is asked again. */
  readonly fullMs: number;
  /** While chunks are at work, the agent's dead-man is fed this often. */
  readonly feedMs: number;
}

export interface AgentClient {
  /** @throws ReelburstError AGENT_UNREACHABLE, AGENT_KEY_REFUSED, AGENT_CERTIFICATE_WRONG */
  health(signal?: AbortSignal): Promise<AgentHealth>;
  /** No more chunks are taken; those at work go on. */
  drain(signal?: AbortSignal): Promise<void>;
  /**
   * In place of a local one, for chunks. @param slots how many at a time: those of the agent's health
   * Closing it leaves the client open.
   */
  runner(slots: number): TaskRunner;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** For what is still to be told to the agent. */
const CLOSE_MS = 2000;
const TIMEOUTS: AgentTimeouts = { connectMs: 10_000, silentMs: 30_000, fullMs: 30_000, feedMs: 20_000 };

export function createAgentClient(options: AgentClientOptions): AgentClient {
  const { clock } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const pool = createPinnedPool(options, clock, timeouts.connectMs);
  const connection = new AgentConnection({ pool, key: options.key, clock, silentMs: timeouts.silentMs });
  const uploads = new SharedUploads(connection);
  const lettingGo = new Set<Promise<unknown>>();
  const tools: RemoteRunTools = {
    connection,
    letGo: (attempt) => {
      // What can't be told is gone, or its dead-man will see to it.
      const told = connection
        .json({ method: "DELETE", path: `/v1/chunks/${attempt}` })
        .catch(() => {})
        .finally(() => lettingGo.delete(told));
      lettingGo.add(told);
    },
    uploads,
    newAttempt: options.newAttempt ?? randomUUID,
    fullMs: timeouts.fullMs,
    urlOf: options.urlOf ?? (() => undefined),
    probe: options.probe ?? null,
  };
  const health = async (signal?: AbortSignal): Promise<AgentHealth> =>
    (await connection.json({ method: "GET", path: "/v1/health", signal })) as AgentHealth;

  let atWork = 0;
  let stopFeeding = (): void => {};
  const feedLater = (): void => {
    stopFeeding = clock.after(timeouts.feedMs, () => {
      // Whoever waits for a chunk notices by itself when nothing is heard.
      void health().catch(() => {});
      feedLater();
    });
  };
  const render = async (input: RenderChunkInput, wanted: RemoteRunOptions) => {
    if (atWork++ === 0) feedLater();
    try {
      return await renderRemotely(input, wanted, tools);
    } finally {
      if (--atWork === 0) stopFeeding();
    }
  };
  return {
    health,
    drain: async (signal) => {
      await connection.json({ method: "POST", path: "/v1/drain", signal });
    },
    runner: (slots) => ({
      slots,
      peakBytes: 0,
      warmUp: () => {},
      run: async <Name extends TaskName>(
        task: Name,
        input: TaskInput<Name>,
        wanted: RemoteRunOptions = {},
      ): Promise<TaskOutput<Name>> => {
        if (task !== "renderChunk") throw new TypeError(`An agent draws chunks; ${task} is done here.`);
        return (await render(input as RenderChunkInput, wanted)) as TaskOutput<Name>;
      },
      close: async () => {},
    }),
    close: async () => {
      stopFeeding();
      const closing = linkSignals();
      await Promise.race([
        Promise.all(lettingGo),
        sleep(CLOSE_MS, { clock, signal: closing.signal }).catch(() => {}),
      ]);
      closing.abort();
      await pool.destroy();
    },
  };
}
