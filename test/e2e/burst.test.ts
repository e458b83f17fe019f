/**
 * `render --on ec2` against the fake EC2 with real agents behind it: the same film, nothing left running, a ledger that
 * is the cloud's bill. Linux only: every agent has a loopback address of its own.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeEc2 } from "../fakes/ec2/fake-ec2.ts";
import { LocalMachines } from "../fakes/ec2/local-machines.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { mainProcessOf, runCli } from "./support/cli.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
let fake: FakeEc2;
let machines: LocalMachines;
let endpoint: string;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.picture("a.png", naturalNoise(320, 180, 1));
  const scenes = Array.from({ length: 24 }, (_, index) => ({ id: `s${index}`, image: "a.png", duration: 4 }));
  const output = { width: 320, height: 180, fps: 30, quality: "draft" };
  await studio.write("production.json", JSON.stringify({ version: 1, output, scenes }));
  fake = new FakeEc2({ now: Date.now, billsFrom: "launch" });
  fake.throttles = false;
  endpoint = await fake.listen();
  machines = new LocalMachines(fake);
});
afterAll(async () => {
  await machines.close();
  await fake.close();
  await studio.close();
});

function run(name: string, args: readonly string[], onEvent?: Parameters<typeof runCli>[1]["onEvent"]) {
  return runCli(args, {
    cwd: studio.folder,
    cacheDirectory: studio.at(`${name}-cache`),
    env: {
      REELBURST_DATA_DIR: studio.at("data"),
      REELBURST_EC2_ENDPOINT: endpoint,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIAFAKE",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
    ...(onEvent !== undefined && { onEvent }),
  });
}

const burst = (name: string, ...more: string[]): string[] => [
  "render",
  studio.at("production.json"),
  "--output",
  studio.at(`${name}.mp4`),
  ...["--on", "ec2", "--spot", "never", "--max-cost", "1", "--slots", "0", ...more],
];

describe.runIf(process.platform === "linux")("render --on ec2", () => {
  test("a machine is lost on the way: the film is the local one's bytes, nothing stays, the ledger is the bill", {
    timeout: 120_000,
  }, async () => {
    const local = await run("local", [
      "render",
      studio.at("production.json"),
      "--output",
      studio.at("local.mp4"),
    ]);
    expect(local.code, local.stderr).toBe(0);
    let first: string | null = null;
    let killed: string | null = null;
    const ending = await run("burst", burst("burst", "--machines", "2"), (_index, event) => {
      if (event["step"] === "ready") first ??= String(event["machineId"]);
      const drawsNow = event["type"] === "scene" && event["status"] === "active";
      if (!drawsNow || killed !== null || first === null) return;
      killed = first;
      void machines.kill(first);
    });
    expect(ending.code, `${ending.stderr}${JSON.stringify(ending.events.slice(-6))}`).toBe(0);
    expect(killed).not.toBeNull();
    expect((await readFile(studio.at("burst.mp4"))).equals(await readFile(studio.at("local.mp4")))).toBe(
      true,
    );
    expect(fake.world.live()).toEqual([]);
    const steps = ending.events.filter(({ type }) => type === "fleet");
    expect(steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(["quoted", "intended", "launched", "ready", "lost", "closed", "cost"]),
    );
    // After the confirmations, and before the render's own end.
    expect(steps.at(-1)).toMatchObject({
      step: "cost",
      text: expect.stringMatching(/^final cost .* metered/),
    });
    expect(ending.events.at(-1)).toMatchObject({ type: "succeeded" });
    const cost = await run("burst", ["cost"]);
    const lines = cost.events.filter(({ basis, item }) => basis === "metered" && item !== "egress");
    expect(sums(lines.map(({ machineId, amount }) => [String(machineId), Number(amount)]))).toEqual(
      sums(fake.bill().map(({ resourceId, micros }) => [resourceId, micros])),
    );
    expect(lines.every(({ isFinal }) => isFinal === true)).toBe(true);
  });

  test("Ctrl+C ends the machines, and the program stays until that is confirmed", {
    timeout: 120_000,
  }, async () => {
    let stopped = false;
    const ending = await run("stopped", burst("stopped", "--machines", "1"), (_index, event, child) => {
      const main = mainProcessOf(child) ?? child.pid;
      if (stopped || event["type"] !== "fleet" || event["step"] !== "ready" || main === undefined) return;
      stopped = true;
      process.kill(main, "SIGINT");
    });
    expect(ending.code).toBe(130);
    expect(fake.world.live()).toEqual([]);
    expect(ending.events.slice(-2)).toMatchObject([
      { type: "fleet", step: "cost", text: expect.stringMatching(/^final cost/) },
      { type: "failed", error: { code: "ABORTED" } },
    ]);
  });

  test("kill -9 leaves a machine, and fleet reap ends it and nobody else's", {
    timeout: 120_000,
  }, async () => {
    const foreign = fake.addForeign({ "reelburst:owner": "rb-of-somebody-else" });
    let killed = false;
    const ending = await run("killed", burst("killed", "--machines", "1"), (_index, event, child) => {
      const main = mainProcessOf(child) ?? child.pid;
      if (killed || event["type"] !== "fleet" || event["step"] !== "launched" || main === undefined) return;
      killed = true;
      process.kill(main, "SIGKILL");
    });
    expect(ending.code).not.toBe(0);
    expect(fake.world.live().map(({ id }) => id)).toHaveLength(2);
    expect((await run("killed", ["fleet", "ls"])).events).toMatchObject([{ type: "lease" }]);
    const reaped = await run("killed", ["fleet", "reap"]);
    expect(reaped.events.at(-1)).toEqual({ type: "reaped", alive: 0, unconfirmed: 0 });
    expect(fake.world.live()).toEqual([foreign]);
  });

  test("a limit that no machine fits below: nothing is rented, and the film says why", {
    timeout: 60_000,
  }, async () => {
    const before = fake.world.instances.size;
    const args = burst("poor");
    args[args.indexOf("--max-cost") + 1] = "0.001";
    const ending = await run("poor", args);
    expect(ending.code).toBe(1);
    expect(ending.events.at(-1)).toMatchObject({ type: "failed", error: { code: "MAX_COST_REACHED" } });
    expect(fake.world.instances.size).toBe(before);
  });
});

function sums(pairs: readonly (readonly [string, number])[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [name, amount] of pairs) all[name] = (all[name] ?? 0) + amount;
  return all;
}
