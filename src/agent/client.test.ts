import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { smallChunk } from "../../test/support/agents/small-chunk.ts";
import { type SeenRequest, startProxy, type Tampering } from "../../test/support/agents/tampering-proxy.ts";
import { Bench, drawAtOnce, outputBytes } from "../../test/support/agents/test-agents.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { makeLeaseCertificate } from "./certificate.ts";
import type { AgentClientOptions } from "./client.ts";
import { HEARTBEAT_MS } from "./protocol.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const PASS: Tampering = { kind: "pass" };

/** An agent, somebody in between, a client, and how often the agent has drawn. */
async function setUp(
  tamper: (request: SeenRequest) => Tampering = () => PASS,
  change: Partial<AgentClientOptions> = {},
  draw = drawAtOnce,
) {
  const drawn: string[] = [];
  const agent = await bench.agent(async (input) => {
    drawn.push(input.outPath);
    await draw(input);
  });
  const proxy = await startProxy(agent.port, tamper);
  bench.onClose(() => proxy.close());
  const client = bench.client(proxy.port, change);
  const of = (method: string, part: string): SeenRequest[] =>
    proxy.seen.filter((each) => each.method === method && each.path.includes(part));
  return { agent, client, runner: client.runner(2), drawn, of, seen: proxy.seen };
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => error,
  );

describe("who is who", () => {
  test("another certificate hears nothing, not even the key", async () => {
    const { fingerprint } = makeLeaseCertificate(0);
    const { client, runner, seen } = await setUp(() => PASS, { fingerprint });
    expect(await failure(client.health())).toMatchObject({
      code: "AGENT_CERTIFICATE_WRONG",
      retryable: false,
    });
    const chunk = await smallChunk(bench.folder);
    expect(await failure(runner.run("renderChunk", chunk))).toMatchObject({
      code: "AGENT_CERTIFICATE_WRONG",
    });
    expect(seen).toEqual([]);
  });

  test("another key is refused at once", async () => {
    const { runner, drawn } = await setUp(() => PASS, { key: "x".repeat(40) });
    const chunk = await smallChunk(bench.folder);
    expect(await failure(runner.run("renderChunk", chunk))).toMatchObject({
      code: "AGENT_KEY_REFUSED",
      retryable: false,
    });
    expect(drawn).toEqual([]);
  });
});

describe("inputs", () => {
  test("chunks that share inputs send each once, and never again", async () => {
    const { runner, of } = await setUp();
    const chunk = await smallChunk(bench.folder);
    const run = (index: number) =>
      runner.run("renderChunk", { ...chunk, outPath: path.join(bench.folder, `${index}.mp4`) });
    await Promise.all([0, 1, 2, 3, 4, 5].map(run));
    await run(6);
    expect(of("PUT", "/blobs/")).toHaveLength(2);
  });

  test("one chunk that gives up does not stop the upload another waits for", async () => {
    const { runner, of } = await setUp();
    const chunk = await smallChunk(bench.folder);
    const stop = new AbortController();
    const first = failure(runner.run("renderChunk", chunk, { signal: stop.signal }));
    const second = runner.run("renderChunk", { ...chunk, outPath: path.join(bench.folder, "2.mp4") });
    await expect.poll(() => of("PUT", "/blobs/").length).toBeGreaterThan(0);
    stop.abort();
    await first;
    expect((await second).frames).toBe(5);
  });

  test("an upload that breaks is sent again", async () => {
    const { runner, of, drawn } = await setUp(({ method, count }) =>
      method === "PUT" && count === 1 ? { kind: "lose" } : PASS,
    );
    await runner.run("renderChunk", await smallChunk(bench.folder));
    expect(of("PUT", "/blobs/")).toHaveLength(3);
    expect(drawn).toHaveLength(1);
  });

  test("where one may come at a time, the others wait", async () => {
    const agent = await bench.agent(drawAtOnce, { blobs: { maxUploads: 1 } });
    const chunks = [await smallChunk(bench.folder, 1), await smallChunk(bench.folder, 2)];
    const runner = bench.client(agent.port).runner(2);
    const drawn = await Promise.all(chunks.map((chunk) => runner.run("renderChunk", chunk)));
    expect(drawn.map(({ key }) => key)).toEqual(chunks.map(({ key }) => key));
  });

  test("a file that is no longer what it was is said to be", async () => {
    const { runner } = await setUp();
    const chunk = await smallChunk(bench.folder);
    const other = await smallChunk(bench.folder, 7);
    const [digest = ""] = Object.keys(chunk.inputs);
    const swapped = Object.values(other.inputs)[0] ?? "";
    const error = await failure(
      runner.run("renderChunk", { ...chunk, inputs: { ...chunk.inputs, [digest]: swapped } }),
    );
    expect(error).toMatchObject({ code: "INPUT_CHANGED", path: swapped });
  });

  test("a file that is gone is said to be", async () => {
    const { runner } = await setUp();
    const chunk = await smallChunk(bench.folder);
    const [digest = ""] = Object.keys(chunk.inputs);
    const gone = path.join(bench.folder, "gone.png");
    const error = await failure(
      runner.run("renderChunk", { ...chunk, inputs: { ...chunk.inputs, [digest]: gone } }),
    );
    expect(error).toMatchObject({ code: "INPUT_MISSING", path: gone });
  });
});

describe("lost connections", () => {
  test.each(["drop", "lose"] as const)("an order that meets %s is drawn once", async (kind) => {
    const { runner, drawn, of } = await setUp(({ method, path: at, count }) =>
      // Behind the one that asks what is missing.
      method === "POST" && at === "/v1/chunks" && (count === 2 || count === 3) ? { kind } : PASS,
    );
    const chunk = await smallChunk(bench.folder);
    expect((await runner.run("renderChunk", chunk)).frames).toBe(5);
    expect(drawn).toHaveLength(1);
    expect(of("POST", "/v1/chunks").length).toBeGreaterThanOrEqual(3);
    expect(readFileSync(chunk.outPath).equals(outputBytes())).toBe(true);
  });

  test("events go on over the next connection", async () => {
    const { runner, drawn, of } = await setUp(
      ({ path: at, count }) => (at.endsWith("/events") && count <= 2 ? { kind: "cut", bytes: 10 } : PASS),
      {},
      async (input) => {
        await pause(300);
        await drawAtOnce(input);
      },
    );
    await runner.run("renderChunk", await smallChunk(bench.folder));
    expect(of("GET", "/events")).toHaveLength(3);
    expect(drawn).toHaveLength(1);
  });

  test("an agent that says nothing is given up", async () => {
    const { runner } = await setUp(({ path: at }) => (at.endsWith("/events") ? { kind: "hang" } : PASS), {
      timeouts: { silentMs: 300 },
    });
    const chunk = await smallChunk(bench.folder);
    const error = await failure(runner.run("renderChunk", chunk));
    expect(error).toMatchObject({ code: "AGENT_SILENT", retryable: true });
  });

  test("an agent that was started anew does not know the chunk", async () => {
    let known = true;
    const { runner, client, of } = await setUp(
      ({ path: at }) => {
        if (!at.endsWith("/events") || !known) return PASS;
        known = false;
        return { kind: "drop" };
      },
      { newAttempt: () => "attempt-1" },
    );
    const chunk = await smallChunk(bench.folder);
    await runner.run("renderChunk", chunk);
    await expect.poll(() => of("DELETE", "/chunks/").length).toBe(1);
    // The token is over: it is not run again, and there is nothing to follow.
    expect(await failure(client.runner(1).run("renderChunk", chunk))).toMatchObject({
      code: "AGENT_ATTEMPT_CANCELED",
    });
  });
});

describe("signs of life", () => {
  test("heartbeats are enough while a chunk takes long", async () => {
    let finish = (): void => {};
    const clock = new ManualClock();
    const agent = await bench.agent(
      async (input) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await drawAtOnce(input);
      },
      { clock },
    );
    const client = bench.client(agent.port, { timeouts: { silentMs: 1500 } });
    const chunk = await smallChunk(bench.folder);
    const running = client.runner(1).run("renderChunk", chunk);
    await expect.poll(() => client.health(), { timeout: 5000 }).toMatchObject({ busy: 1 });
    for (let beat = 0; beat < 12; beat++) {
      await pause(200);
      await clock.advance(HEARTBEAT_MS);
    }
    finish();
    expect((await running).frames).toBe(5);
  });

  test("the dead-man is fed while a chunk is at work, and not beyond", async () => {
    let finish = (): void => {};
    const clock = new ManualClock();
    const { runner, of } = await setUp(
      () => PASS,
      { clock, timeouts: { feedMs: 1000, silentMs: 1e6 } },
      async (input) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await drawAtOnce(input);
      },
    );
    const running = runner.run("renderChunk", await smallChunk(bench.folder));
    await expect.poll(() => of("GET", "/events").length, { timeout: 5000 }).toBe(1);
    for (let fed = 1; fed <= 3; fed++) {
      await clock.advance(1000);
      await expect.poll(() => of("GET", "/health").length, { timeout: 5000 }).toBe(fed);
    }
    finish();
    await running;
    await clock.advance(5000);
    await pause(50);
    expect(of("GET", "/health")).toHaveLength(3);
  });
});

describe("the output", () => {
  test("broken off, it is gone on with where it broke", async () => {
    const { runner, of } = await setUp(({ path: at, count }) =>
      at.endsWith("/output") && count <= 2 ? { kind: "cut", bytes: 100_000 } : PASS,
    );
    const chunk = await smallChunk(bench.folder);
    await runner.run("renderChunk", chunk);
    expect(readFileSync(chunk.outPath).equals(outputBytes())).toBe(true);
    const ranges = of("GET", "/output").map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
  });

  test("with one bit changed, it is fetched again", async () => {
    const { runner, of, drawn } = await setUp(({ path: at, count }) =>
      at.endsWith("/output") && count === 1 ? { kind: "flip", at: 200_000 } : PASS,
    );
    const chunk = await smallChunk(bench.folder);
    await runner.run("renderChunk", chunk);
    expect(readFileSync(chunk.outPath).equals(outputBytes())).toBe(true);
    expect(of("GET", "/output")).toHaveLength(2);
    expect(drawn).toHaveLength(1);
  });

  test("changed every time, it is refused and not kept", async () => {
    const { runner } = await setUp(({ path: at }) =>
      at.endsWith("/output") ? { kind: "flip", at: 0 } : PASS,
    );
    const chunk = await smallChunk(bench.folder);
    expect(await failure(runner.run("renderChunk", chunk))).toMatchObject({
      code: "AGENT_OUTPUT_DAMAGED",
      retryable: true,
    });
    expect(existsSync(chunk.outPath)).toBe(false);
  });

  test("what a probe refuses is not kept", async () => {
    const { runner } = await setUp(() => PASS, {
      probe: () => Promise.reject(new Error("no film")),
    });
    const chunk = await smallChunk(bench.folder);
    expect(await failure(runner.run("renderChunk", chunk))).toMatchObject({ message: "no film" });
    expect(existsSync(chunk.outPath)).toBe(false);
  });

  test("fetched, it is let go there", async () => {
    const { client, runner, of } = await setUp();
    await runner.run("renderChunk", await smallChunk(bench.folder));
    await client.close();
    expect(of("DELETE", "/chunks/")).toHaveLength(1);
  });
});

describe("a full agent", () => {
  test("is asked again until a slot is free", async () => {
    const agent = await bench.agent(
      async (input) => {
        await pause(200);
        await drawAtOnce(input);
      },
      { slots: 1 },
    );
    const runner = bench.client(agent.port).runner(2);
    const chunk = await smallChunk(bench.folder);
    const runs = [1, 2, 3].map((index) =>
      runner.run("renderChunk", { ...chunk, outPath: path.join(bench.folder, `${index}.mp4`) }),
    );
    expect((await Promise.all(runs)).map(({ frames }) => frames)).toEqual([5, 5, 5]);
  });

  test("is an error when it stays so", async () => {
    let finish = (): void => {};
    const agent = await bench.agent(
      async (input) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await drawAtOnce(input);
      },
      { slots: 1 },
    );
    const runner = bench.client(agent.port, { timeouts: { fullMs: 0 } }).runner(1);
    const chunk = await smallChunk(bench.folder);
    const first = runner.run("renderChunk", chunk);
    await expect.poll(() => bench.client(agent.port).health()).toMatchObject({ busy: 1 });
    const other = { ...chunk, outPath: path.join(bench.folder, "2.mp4") };
    expect(await failure(runner.run("renderChunk", other))).toMatchObject({
      code: "AGENT_FULL",
      retryable: true,
    });
    finish();
    await first;
  });

  test("drained, it finishes and takes no more", async () => {
    let finish = (): void => {};
    const agent = await bench.agent(async (input) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await drawAtOnce(input);
    });
    const client = bench.client(agent.port);
    const chunk = await smallChunk(bench.folder);
    const first = client.runner(1).run("renderChunk", chunk);
    await expect.poll(() => client.health()).toMatchObject({ busy: 1 });
    await client.drain();
    expect(await client.health()).toMatchObject({ draining: true });
    const other = { ...chunk, outPath: path.join(bench.folder, "2.mp4") };
    expect(await failure(client.runner(1).run("renderChunk", other))).toMatchObject({
      code: "AGENT_DRAINING",
    });
    finish();
    expect((await first).frames).toBe(5);
  });
});

test("a task other than a chunk is refused", async () => {
  const { runner } = await setUp();
  await expect(runner.run("probeImage", { path: "/etc/passwd" })).rejects.toThrow(TypeError);
});
