import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeLeaseCertificate } from "../../../src/agent/certificate.ts";
import type { RemoteRunOptions, RenderChunkInput } from "../../../src/agent/client/remote-runner.ts";
import { type AgentClient, type AgentClientOptions, createAgentClient } from "../../../src/agent/client.ts";
import { hashOfKey, makeLeaseKey } from "../../../src/agent/lease-key.ts";
import { type RunningAgent, type ServeAgentOptions, serveAgent } from "../../../src/agent/serve-agent.ts";
import type { TaskRunner } from "../../../src/render/process/render-pool.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { factsOf } from "./small-chunk.ts";

export const lease = { key: makeLeaseKey(), ...makeLeaseCertificate(Date.UTC(2026, 10, 21)) };

/** Agents, clients and folders of one test, all ended by `close`. */
export class Bench {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
  readonly #ends: (() => unknown)[] = [];

  /** In this process, drawing nothing: `draw` stands for the render process. */
  async agent(
    draw: (input: RenderChunkInput, options: RemoteRunOptions) => Promise<void> = drawAtOnce,
    change: Partial<ServeAgentOptions> = {},
  ): Promise<RunningAgent> {
    const agent = await serveAgent({
      ...lease,
      host: "127.0.0.1",
      port: 0,
      version: "0",
      keySha256: hashOfKey(lease.key),
      slots: 2,
      tempRoot: path.join(this.folder, "agent"),
      compileCache: null,
      deadMan: null,
      clock: systemClock,
      openFetch: () => Promise.reject(new Error("nothing is fetched here")),
      log: () => {},
      runner: fakeRunner(draw, change.slots ?? 2),
      ...change,
    });
    this.onClose(() => agent.close(AbortSignal.abort()));
    return agent;
  }

  client(port: number, change: Partial<AgentClientOptions> = {}): AgentClient {
    const client = createAgentClient({ ...lease, host: "127.0.0.1", port, clock: systemClock, ...change });
    this.onClose(() => client.close());
    return client;
  }

  /** The command itself, with render processes. */
  async process(
    env: NodeJS.ProcessEnv = {},
    args: readonly string[] = [],
  ): Promise<{ child: ChildProcess; port: number }> {
    const secrets = path.join(this.folder, "secrets");
    mkdirSync(secrets, { recursive: true });
    for (const [name, text] of [
      ["key", lease.key],
      ["certificate", lease.certificatePem],
      ["private", lease.privateKeyPem],
    ] as const)
      writeFileSync(path.join(secrets, name), text, { mode: 0o600 });
    const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
    const child = spawn(
      process.execPath,
      [main, "agent", "--listen", "127.0.0.1:0", "--slots", "1", ...args],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env["PATH"],
          REELBURST_CACHE_DIR: path.join(this.folder, "cache"),
          REELBURST_AGENT_KEY_FILE: path.join(secrets, "key"),
          REELBURST_AGENT_CERTIFICATE_FILE: path.join(secrets, "certificate"),
          REELBURST_AGENT_PRIVATE_KEY_FILE: path.join(secrets, "private"),
          ...env,
        },
      },
    );
    this.onClose(async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    });
    let said = "";
    child.stderr?.on("data", (data: Buffer) => {
      said += String(data);
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const port = await new Promise<number>((resolve, reject) => {
      lines.once("line", (line) => resolve(Number(line)));
      child.once("exit", (code) => reject(new Error(`The agent ended (${code}): ${said}`)));
    });
    return { child, port };
  }

  onClose(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function drawAtOnce({ outPath }: Pick<RenderChunkInput, "outPath">): Promise<void> {
  writeFileSync(outPath, outputBytes());
}

/** What `drawAtOnce` draws. */
export function outputBytes(): Buffer {
  return Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) >> 5));
}

export function fakeRunner(
  draw: (input: RenderChunkInput, options: RemoteRunOptions) => Promise<void>,
  slots: number,
): TaskRunner {
  const run = async (task: string, input: unknown, options: RemoteRunOptions = {}): Promise<unknown> => {
    if (task === "probeEncoders") return [{ encoderName: "libx264", works: true, reason: null, code: null }];
    await draw(input as RenderChunkInput, options);
    return factsOf(input as RenderChunkInput);
  };
  return { slots, peakBytes: 0, warmUp: () => {}, close: async () => {}, run: run as TaskRunner["run"] };
}
