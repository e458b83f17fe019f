/** An agent from its options to its end: folders, render processes, the socket, the dead-man, the drain. */
import { spawn } from "node:child_process";
import { mkdir, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { DEFAULT_LIMITS } from "../render/process/limits.ts";
import { RenderPool, type TaskRunner } from "../render/process/render-pool.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { availableMemoryBytes, slotsFor, usableCores } from "../support/machine.ts";
import type { SafeFetch } from "../support/safe-fetch/contract.ts";
import { createTempDir, sweepTempDirs } from "../support/temp-dir.ts";
import { type BlobLimits, BlobStore } from "./blob-store.ts";
import { ChunkRuns, type ResultLimits } from "./chunk-runs.ts";
import { createAgent } from "./create-agent.ts";
import { DeadMan } from "./dead-man.ts";
import { inputFetcher } from "./fetch-input.ts";
import { type ListenOptions, listenAgent } from "./listen.ts";

export interface ServeAgentOptions extends ListenOptions {
  readonly version: string;
  readonly keySha256: string;
  /** null: as many as the machine has room for. */
  readonly slots: number | null;
  /** For blobs, outputs and working files. */
  readonly tempRoot: string;
  readonly compileCache: string | null;
  readonly deadMan: DeadManSettings | null;
  readonly clock: Clock;
  readonly openFetch: () => Promise<SafeFetch>;
  /** One line for the log. */
  readonly log: (message: string) => void;
  /** In place of what the disk has room for. */
  readonly blobs?: Partial<BlobLimits>;
  readonly results?: Partial<ResultLimits>;
  /** A test's, in place of render processes. */
  readonly runner?: TaskRunner;
}

export interface DeadManSettings {
  readonly idleMs: number;
  readonly lifetimeMs: number | null;
  /** For the shell, such as `shutdown -h now`; null: the agent itself ends and no more. */
  readonly endCommand: string | null;
  /** Gets other content whenever the dead-man is fed, at most once a second; null: none. */
  readonly fedFile?: string | null;
}

export interface RunningAgent {
  readonly port: number;
  readonly slots: number;
  /** Resolves when the dead-man has ended all work and there is no command that ends the machine. */
  readonly expired: Promise<void>;
  /** Finishes what is at work, keeps answering meanwhile, then ends. Aborted: ends at once. */
  close(hurry: AbortSignal): Promise<void>;
}

const BYTES_PER_SLOT = 600e6;
/** Left to the machine when room for blobs is reckoned. */
const SPARE_DISK_BYTES = 2e9;
const MAX_BLOB_BYTES = 8e9;
const MAX_UPLOADS = 16;
const RESULTS = { maxCount: 200, maxBytes: 4e9 };
/** For the controller to fetch the last results when the agent drains. */
const FETCH_GRACE_MS = 10_000;
const END_AGAIN_MS = 30_000;

/** @throws ReelburstError PORT_TAKEN, ADDRESS_UNUSABLE, AGENT_CERTIFICATE_INVALID, DISK_FULL, ENCODER_UNAVAILABLE */
export async function serveAgent(options: ServeAgentOptions): Promise<RunningAgent> {
  const { clock, log } = options;
  await sweepTempDirs(options.tempRoot, clock.now());
  const temp = await createTempDir(options.tempRoot);
  const folderOf = async (name: string): Promise<string> => {
    await mkdir(path.join(temp.path, name));
    return path.join(temp.path, name);
  };
  const slots =
    options.slots ??
    slotsFor({ cores: usableCores(), memoryBytes: availableMemoryBytes(), bytesPerSlot: BYTES_PER_SLOT });
  const runner =
    options.runner ??
    new RenderPool(slots, {
      limits: DEFAULT_LIMITS,
      tempRoot: await folderOf("tasks"),
      compileCache: options.compileCache,
    });
  let fetching: Promise<SafeFetch> | null = null;
  const closeParts = async (): Promise<void> => {
    await runner.close();
    await (await fetching)?.close();
    await temp.remove();
  };
  try {
    const encoders = await workingEncoders(runner);
    runner.warmUp("renderChunk", runner.slots);
    const freeDiskBytes = async (): Promise<number> => {
      const { bavail, bsize } = await statfs(temp.path);
      return bavail * bsize;
    };
    const blobs = new BlobStore(await folderOf("blobs"), {
      maxBlobBytes: MAX_BLOB_BYTES,
      maxTotalBytes: Math.max(1e9, (await freeDiskBytes()) - RESULTS.maxBytes - SPARE_DISK_BYTES),
      maxUploads: MAX_UPLOADS,
      ...options.blobs,
    });
    const runs = new ChunkRuns({
      runner,
      blobs,
      folder: await folderOf("outputs"),
      results: { ...RESULTS, ...options.results },
      fetchInput: inputFetcher(blobs, () => (fetching ??= options.openFetch())),
    });
    let expire = (): void => {};
    const expired = new Promise<void>((resolve) => {
      expire = resolve;
    });
    const { deadMan: ending } = options;
    const deadMan =
      ending === null
        ? null
        : new DeadMan({
            ...ending,
            clock,
            onFed: () => {
              if (typeof ending.fedFile !== "string") return;
              // Who can't write there is ended by the outer timer although it works: that is said, and it is the safe side.
              writeFile(ending.fedFile, `${clock.monotonicMs()}\n`).catch((error: Error) =>
                log(`the outer dead-man is not fed: ${error.message}`),
              );
            },
            onExpire: (why) => {
              log(`dead-man: ${why}; work is ended`);
              agent.drain();
              void runs
                .close()
                .then(() => runner.close())
                .finally(() => {
                  if (ending.endCommand === null) expire();
                  else endMachine(ending.endCommand, clock, log);
                });
            },
          });
    const agent = createAgent({
      version: options.version,
      keySha256: options.keySha256,
      slots: runner.slots,
      encoders,
      runs,
      blobs,
      deadMan,
      freeDiskBytes,
      clock,
      onTrouble: (error) => log(`trouble: ${error.code} ${error.message}`),
    });
    const listener = await listenAgent(agent, options).catch((error: unknown) => {
      deadMan?.stop();
      throw error;
    });
    return {
      port: listener.port,
      slots: runner.slots,
      expired,
      close: async (hurry) => {
        agent.drain();
        const hurried = new Promise<void>((resolve) => {
          if (hurry.aborted) resolve();
          else hurry.addEventListener("abort", () => resolve(), { once: true });
        });
        await Promise.race([runs.idle().then(() => runs.fetched(FETCH_GRACE_MS, clock)), hurried]);
        deadMan?.stop();
        await runs.close();
        await listener.close(hurry.aborted ? 0 : 2000);
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}

async function workingEncoders(runner: TaskRunner): Promise<string[]> {
  const probes = await runner.run("probeEncoders", undefined);
  const working = probes.filter(({ works }) => works).map(({ encoderName }) => encoderName);
  if (working.includes("libx264")) return working;
  throw new ReelburstError("ENCODER_UNAVAILABLE", "libx264 does not work on this machine.");
}

/** Again and again until the machine is gone: an end command that fails once must not leave it running. */
function endMachine(command: string, clock: Clock, log: (message: string) => void): void {
  const child = spawn(command, { shell: true, stdio: "ignore", detached: true });
  child.once("error", (error) => log(`the end command did not start: ${error.message}`));
  child.once("exit", (code, signal) => log(`the end command ended: ${signal ?? code}`));
  clock.after(END_AGAIN_MS, () => endMachine(command, clock, log));
}
