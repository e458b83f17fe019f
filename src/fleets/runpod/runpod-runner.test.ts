import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  FakeRunPod,
  type FakeRunPodOptions,
  type RunPodCall,
} from "../../../test/fakes/runpod/fake-runpod.ts";
import { smallChunk } from "../../../test/support/agents/small-chunk.ts";
import { VirtualTime } from "../../../test/support/virtual-time.ts";
import { makePrice } from "../../money/price.ts";
import { seededRandom } from "../../support/random.ts";
import type { WorkerInput } from "../rest/worker-contract.ts";
import { RUNPOD_DEFAULTS, type RunPodOptions } from "./runpod-options.ts";
import { createRunPodRunner, type RunPodTools } from "./runpod-runner.ts";
import { workerSpans } from "./worker-spans.ts";

const folder = mkdtempSync(path.join(tmpdir(), "runpod-"));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS: RunPodOptions = {
  ...RUNPOD_DEFAULTS,
  name: "runpod",
  apiKey: "key",
  owner: "rb-7",
  image: "reelburst:0.1.0",
  gpuTypeIds: ["NVIDIA L4"],
  idleTimeoutSeconds: 60,
  jobsEndpoint: "https://api.test/v2",
  restEndpoint: "https://rest.test/v1",
};

const CHUNK = Buffer.from("an mp4, for all that is known here");

/** A worker that draws at once, and says what it is told to say. */
function worked(input: unknown, change: object = {}, more: object = {}) {
  const { key } = input as { key: string };
  const done = {
    sizeBytes: CHUNK.length,
    sha256: createHash("sha256").update(CHUNK).digest("hex"),
    facts: { key, frames: 2 },
    thumbnail: "",
    base64: CHUNK.toString("base64"),
    ...change,
  };
  return { ms: 30_000, output: { done }, ...more };
}

function lab(
  handler: FakeRunPodOptions["handler"] = (input) => worked(input),
  { options = {}, tools = {} }: { options?: Partial<RunPodOptions>; tools?: Partial<RunPodTools> } = {},
) {
  const time = new VirtualTime();
  const fake = new FakeRunPod({ now: time.trueNow, handler });
  const runner = createRunPodRunner(
    { ...OPTIONS, ...options },
    {
      fetch: fake.fetch,
      clock: time,
      random: seededRandom(1),
      price: makePrice("0.69", { unit: "hour", source: "configured", asOf: "2026-11-21", region: null }),
      leaseId: "film",
      urlOf: () => undefined,
      results: null,
      probe: null,
      ...tools,
    },
  );
  const draw = async (signal?: AbortSignal) => {
    const chunk = await smallChunk(folder);
    return await time.run(runner.run("renderChunk", chunk, { signal }).then((facts) => ({ facts, chunk })));
  };
  const seconds = () => runner.lines().reduce((sum, { quantity }) => sum + quantity, 0);
  return { time, fake, runner, draw, seconds };
}

const isRun = ({ path: name }: RunPodCall): boolean => name.endsWith("/run");
const isCancel = ({ path: name }: RunPodCall): boolean => name.includes("/cancel/");

describe("a chunk on RunPod", () => {
  it("is drawn by a worker, checked, and put where it belongs", async () => {
    const { draw, fake } = lab();
    const { facts, chunk } = await draw();
    expect(facts).toMatchObject({ frames: 2 });
    expect(readFileSync(chunk.outPath)).toEqual(CHUNK);
    const [job] = fake.jobs.values();
    const { inputs, key } = job!.input as Extract<WorkerInput, { operation: "renderChunk" }>;
    expect(facts).toMatchObject({ key });
    for (const { sha256, base64 } of inputs) {
      expect(createHash("sha256").update(Buffer.from(base64!, "base64")).digest("hex")).toBe(sha256);
    }
  });

  it("goes through a store when there is one", async () => {
    const { draw, fake } = lab((input) => worked(input, { base64: null }), {
      tools: {
        urlOf: (digest) => `https://store.test/${digest}`,
        results: {
          putUrlOf: async (key) => `https://store.test/${key}`,
          bring: async (_key, outPath) => (await import("node:fs/promises")).writeFile(outPath, CHUNK),
        },
      },
    });
    await draw();
    const [job] = fake.jobs.values();
    expect(JSON.stringify(job!.input)).not.toContain("base64");
    expect((job!.input as { putUrl: string }).putUrl).toMatch(/^https:\/\/store\.test\/chunk-/);
  });

  it.each([
    ["another chunk", { facts: { key: "chunk-other" } }],
    ["another hash", { sha256: "0".repeat(64) }],
    ["nothing", { base64: null }],
    ["no answer at all", { sizeBytes: "many" }],
  ])("is not taken when what came is %s", async (_name, change) => {
    const { draw } = lab((input) => worked(input, change));
    await expect(draw()).rejects.toMatchObject({ code: "RUNPOD_OUTPUT_DAMAGED", retryable: true });
  });

  it("fails as the worker says it failed", async () => {
    const failed = { code: "AGENT_ENGINE_DIFFERS", message: "another engine", retryable: false };
    await expect(lab(() => ({ ms: 1, output: { failed } })).draw()).rejects.toMatchObject(failed);
    await expect(lab(() => ({ ms: 1, error: "out of memory" })).draw()).rejects.toMatchObject({
      code: "RUNPOD_JOB_FAILED",
      retryable: true,
    });
  });

  it("is refused here when it is larger than RunPod takes", async () => {
    const { runner, fake } = lab();
    const chunk = await smallChunk(folder);
    const big = path.join(folder, "big");
    (await import("node:fs")).writeFileSync(big, Buffer.alloc(8e6));
    await expect(
      runner.run("renderChunk", { ...chunk, inputs: { ["a".repeat(64)]: big } }),
    ).rejects.toMatchObject({ code: "RUNPOD_PAYLOAD_TOO_LARGE", retryable: false });
    expect(fake.jobs.size).toBe(0);
  });
});

describe("waiting for RunPod", () => {
  it("runs twice when an answer was lost, and books both", async () => {
    const { draw, fake, seconds, runner } = lab();
    let lost = false;
    fake.fault = (call) => {
      if (lost || !isRun(call)) return "none";
      lost = true;
      return "lost-reply";
    };
    await draw();
    expect(fake.jobs.size).toBe(2);
    expect(runner.lines()).toHaveLength(2);
    expect(seconds()).toBeGreaterThan(2 * 30);
  });

  it("takes no older state for a newer one", async () => {
    const { draw, fake } = lab();
    let turns = 0;
    fake.staleMs = () => (turns++ % 2 === 0 ? 0 : 25_000);
    await draw();
    expect(fake.jobs.size).toBe(1);
    expect(fake.calls.filter(isCancel)).toEqual([]);
  });

  it("is bounded where nobody has a GPU, and takes the job back", async () => {
    const { draw, fake, runner, time } = lab();
    fake.isSoldOut = true;
    fake.deafTo = 2;
    await expect(draw()).rejects.toMatchObject({ code: "RUNPOD_QUEUE_STALLED", retryable: true });
    await time.run(runner.close());
    expect(fake.working()).toEqual([]);
    expect(fake.calls.filter(isCancel).length).toBeGreaterThanOrEqual(3);
  });

  it("ends a job that nobody wants any more, and books what it took", async () => {
    const { fake, runner, time, seconds } = lab((input) => ({ ...worked(input), ms: 400_000 }));
    const stop = new AbortController();
    const chunk = await smallChunk(folder);
    const drawn = runner.run("renderChunk", chunk, { signal: stop.signal });
    const ended = expect(drawn).rejects.toMatchObject({ code: "ABORTED" });
    while (fake.jobs.size === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await time.pass(100);
    }
    await time.pass(100_000);
    stop.abort();
    await time.run(ended);
    await time.run(runner.close());
    expect(fake.working()).toEqual([]);
    expect(seconds()).toBeGreaterThan(60);
  });

  it("ends with the job's own time", async () => {
    const { draw } = lab((input) => ({ ...worked(input), ms: 10_000_000 }));
    await expect(draw()).rejects.toMatchObject({ code: "RUNPOD_JOB_FAILED" });
  });

  it("ends when RunPod has forgotten the job", async () => {
    const { draw, fake, time } = lab();
    let isAway = false;
    fake.fault = ({ path: name }) => {
      if (name.includes("/status/") && fake.working().length === 0) isAway ||= fake.jobs.size > 0;
      return isAway && [...fake.jobs.values()].some(({ endedMs }) => time.trueNow() < endedMs! + 31 * 60_000)
        ? "internal-error"
        : "none";
    };
    await expect(draw()).rejects.toMatchObject({ code: "RUNPOD_JOB_LOST", retryable: true });
  });

  it("gives an endpoint its workers back that a week without work has taken", async () => {
    const { draw, fake, time } = lab();
    await draw();
    await time.pass(8 * 24 * 3_600_000);
    fake.settle();
    expect(fake.endpoints[0]?.["workersMax"]).toBe(0);
    await draw();
    expect(fake.endpoints[0]?.["workersMax"]).toBe(3);
    expect(fake.endpoints).toHaveLength(1);
  });
});

describe("the endpoint", () => {
  it("is made once, although answers were lost, and reused by the next", async () => {
    const { draw, fake } = lab();
    const lost = new Set<string>();
    fake.fault = ({ method, path: name }) => {
      if (method !== "POST" || !name.startsWith("/v1/") || lost.has(name)) return "none";
      lost.add(name);
      return "lost-reply";
    };
    await draw();
    expect(fake.templates).toHaveLength(1);
    expect(fake.endpoints).toHaveLength(1);
    expect(fake.endpoints[0]).toMatchObject({
      scalerType: "QUEUE_DELAY",
      scalerValue: 4,
      workersMin: 0,
      workersMax: 3,
      idleTimeout: 60,
      executionTimeoutMs: 480_000,
    });
  });

  it("of another owner stays as it is", async () => {
    const { draw, fake } = lab();
    fake.endpoints.push({ id: "theirs", name: "reelburst-rb-70", workersMax: 0 });
    fake.templates.push({ id: "theirs-too", name: "reelburst-rb-70", imageName: "x" });
    await draw().catch(() => {});
    expect(fake.endpoints[0]).toEqual({ id: "theirs", name: "reelburst-rb-70", workersMax: 0 });
    expect(fake.templates[0]).toMatchObject({ imageName: "x" });
  });

  it("says which encoders its workers have", async () => {
    const { runner, time } = lab(() => ({ ms: 10, output: { encoders: ["h264_nvenc", 3] } }));
    expect(await time.run(runner.encoders())).toEqual(["h264_nvenc"]);
  });

  it("refuses a wrong key at once", async () => {
    const { draw } = lab(undefined, { options: { apiKey: "another" } });
    await expect(draw()).rejects.toMatchObject({ code: "CLOUD_REFUSED", retryable: false });
  });
});

describe("what RunPod costs", () => {
  it("is reckoned from start to stop of each worker, never below the bill", async () => {
    const { runner, time, fake, seconds } = lab();
    const chunk = await smallChunk(folder);
    const drawn = [1, 2, 3, 4, 5].map((index) =>
      runner.run("renderChunk", { ...chunk, outPath: path.join(folder, `out-${index}`) }),
    );
    await time.run(Promise.all(drawn));
    await time.pass(120_000);
    await time.run(runner.close());
    fake.settle();
    expect(fake.workers.every(({ stoppedMs }) => stoppedMs !== null)).toBe(true);
    expect(seconds()).toBeGreaterThanOrEqual(Math.floor(fake.billedSeconds()));
    expect(seconds()).toBeLessThan(fake.billedSeconds() * 1.25);
    expect(runner.lines().every(({ isFinal, basis }) => isFinal && basis === "metered")).toBe(true);
  });

  it("is one span while a worker is kept, and a new start afterwards", () => {
    const runs = [
      { workerId: "a", startMs: 100, endMs: 200, delayMs: 80 },
      { workerId: "a", startMs: 240, endMs: 300, delayMs: 900 },
      { workerId: "a", startMs: 1_000, endMs: 1_100, delayMs: 20 },
      { workerId: "b", startMs: 1_000, endMs: 1_100, delayMs: 900 },
    ];
    expect(Object.fromEntries(workerSpans(runs, { idleMs: 50, coldStartMs: 60 }))).toEqual({
      a: [
        { fromMs: 40, toMs: 350 },
        { fromMs: 980, toMs: 1_150 },
      ],
      b: [{ fromMs: 940, toMs: 1_150 }],
    });
  });
});
