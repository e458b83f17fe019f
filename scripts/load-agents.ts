/**
 * What many rented machines cost the controller: `node bin/node24.js scripts/load-agents.ts [agents] [chunks]`.
 *
 * The agents are real but for their render processes, which only wait; all run in one other process, which is not
 * measured. Here: one queue, one client for each agent, two loops each. Said at the end: CPU, memory, and how long it
 * takes from having a job to hearing that it is at work.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { createAgentClient } from "../src/agent/client.ts";
import { MemoryQueue } from "../src/jobs/memory/memory-queue.ts";
import { chunkKey } from "../src/render/chunk-key.ts";
import { sleep } from "../src/support/abort.ts";
import { systemClock } from "../src/support/clock.ts";
import { seededRandom } from "../src/support/random.ts";
import { createTempDir } from "../src/support/temp-dir.ts";
import { smallChunk } from "../test/support/agents/small-chunk.ts";
import { Bench, lease } from "../test/support/agents/test-agents.ts";

const SLOTS = 2;
const DRAW_MS = 2000;
const OUTPUT_BYTES = 100_000;

if (process.send === undefined)
  await control(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 10_000));
else await simulate(Number(process.argv[2]));

/** The other process. */
async function simulate(agents: number): Promise<void> {
  const bench = new Bench();
  const random = seededRandom(20261121);
  const ports: number[] = [];
  for (let index = 0; index < agents; index++) {
    const agent = await bench.agent(
      async ({ outPath, plan }, { onProgress }) => {
        // Chunks are not alike; if they were, all machines would ask at the same moment for ever.
        const drawMs = DRAW_MS * (0.5 + random());
        for (let part = 1; part <= 5; part++) {
          await sleep(drawMs / 5);
          onProgress?.({ done: part, total: plan.frameCount });
        }
        await writeFile(outPath, Buffer.alloc(OUTPUT_BYTES, 1));
      },
      { slots: SLOTS, tempRoot: path.join(bench.folder, String(index)) },
    );
    ports.push(agent.port);
  }
  process.once("disconnect", () => void bench.close().then(() => process.exit()));
  process.send?.({ key: lease.key, fingerprint: lease.fingerprint, ports });
}

async function control(agents: number, chunks: number): Promise<void> {
  const folder = await createTempDir("out");
  const child = fork(fileURLToPath(import.meta.url), [String(agents)]);
  const [told] = (await once(child, "message")) as [{ key: string; fingerprint: string; ports: number[] }];
  const base = await smallChunk(folder.path);
  const queue = new MemoryQueue({ clock: systemClock, random: Math.random });
  const plans = new Map(
    Array.from({ length: chunks }, (_, index) => {
      const plan = {
        ...base.plan,
        layers: base.plan.layers.map((layer) => ({ ...layer, pathOffset: index })),
      };
      return [chunkKey(plan), plan] as const;
    }),
  );
  await queue.enqueue(
    [...plans.keys()].map((key) => ({ queue: "local", group: "load", key, data: null, retry: { limit: 2 } })),
  );
  const first: number[] = [];
  const later: number[] = [];
  let done = 0;
  let failed = 0;
  let peakBytes = 0;
  const sample = setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }, 100);
  const everything = new AbortController();
  // How long this process keeps anything waiting: what it adds itself to the times below.
  const turns = monitorEventLoopDelay({ resolution: 5 });
  turns.enable();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const clients = told.ports.map((port) =>
    createAgentClient({ ...told, host: "127.0.0.1", port, clock: systemClock }),
  );
  const loop = async (client: (typeof clients)[number], name: string): Promise<void> => {
    const runner = client.runner(SLOTS);
    for (let isFirst = true; done + failed < chunks; isFirst = false) {
      const job = await queue.fetch({
        queue: "local",
        workerId: name,
        leaseMs: 60_000,
        signal: everything.signal,
      });
      if (job === null) return;
      const plan = plans.get(job.key) ?? base.plan;
      const outPath = path.join(folder.path, `${name}.mp4`);
      const asked = performance.now();
      let heard = false;
      try {
        await runner.run(
          "renderChunk",
          { plan, inputs: base.inputs, outPath },
          {
            onProgress: () => {
              if (!heard) (isFirst ? first : later).push(performance.now() - asked);
              heard = true;
            },
          },
        );
        await queue.complete(job, null);
        done += 1;
      } catch (error) {
        console.error(error);
        await queue.fail(job, { code: "X", message: "", retryable: true });
        failed += 1;
      }
      if (done + failed >= chunks) everything.abort();
    }
  };
  await Promise.all(
    clients.flatMap((client, agent) =>
      Array.from({ length: SLOTS }, (_, slot) => loop(client, `agent-${agent}-${slot}`)),
    ),
  );
  const seconds = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  clearInterval(sample);
  turns.disable();
  const cpuSeconds = (used.user + used.system) / 1e6;
  const ofLater = percentiles(later);
  console.log(`${done} chunks on ${agents} agents in ${seconds.toFixed(1)} s, ${failed} failed`);
  console.log(
    `CPU ${cpuSeconds.toFixed(1)} s = ${(cpuSeconds / seconds).toFixed(2)} cores, ${((cpuSeconds / done) * 1000).toFixed(2)} ms a chunk`,
  );
  console.log(
    `waits for this process's turn: p99 ${(turns.percentile(99) / 1e6).toFixed(1)} ms (5 ms of it the look itself)`,
  );
  console.log(`memory at most ${Math.round(peakBytes / 1e6)} MB`);
  console.log(`job to work, first of each slot (TLS, inputs): ${said(percentiles(first))}`);
  console.log(`job to work, all others: ${said(ofLater)}`);
  await queue.close();
  await Promise.all(clients.map((client) => client.close()));
  child.disconnect();
  await once(child, "exit");
  await folder.remove();
  await rm(folder.path, { recursive: true, force: true });
  if (failed > 0 || cpuSeconds / seconds >= 1 || peakBytes >= 500e6 || ofLater.p99 >= 50)
    process.exitCode = 1;
}

function percentiles(values: readonly number[]): {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
} {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

function said({ p50, p99, most }: ReturnType<typeof percentiles>): string {
  return `median ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms`;
}
