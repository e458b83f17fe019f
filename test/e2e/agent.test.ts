/** The command itself: a real agent in a process of its own, with render processes. */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chunkProbe } from "../../src/agent/client/probe-chunk.ts";
import { hashOfKey } from "../../src/agent/lease-key.ts";
import { runCli } from "../../src/cli/program.ts";
import { fakeContext } from "../../src/cli/testing/fake-context.ts";
import { DEFAULT_LIMITS } from "../../src/render/process/limits.ts";
import { RenderPool } from "../../src/render/process/render-pool.ts";
import { smallChunk } from "../support/agents/small-chunk.ts";
import { Bench, lease } from "../support/agents/test-agents.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

test("a chunk drawn there is the same bytes as one drawn here, and so are its facts", async () => {
  const { port } = await bench.process();
  const local = new RenderPool(1, { limits: DEFAULT_LIMITS, tempRoot: bench.folder, compileCache: null });
  bench.onClose(() => local.close());
  const client = bench.client(port, { probe: chunkProbe(local) });
  const runner = client.runner(1);
  const chunk = await smallChunk(bench.folder);
  const here = { ...chunk, outPath: path.join(bench.folder, "here.mp4") };
  const progress: number[] = [];
  const [there, facts] = [
    await runner.run("renderChunk", chunk, { onProgress: ({ done }) => progress.push(done) }),
    await local.run("renderChunk", here),
  ];
  expect(readFileSync(chunk.outPath).equals(readFileSync(here.outPath))).toBe(true);
  expect(Buffer.from(there.thumbnail).equals(Buffer.from(facts.thumbnail))).toBe(true);
  const timeless = { thumbnail: null, prepareMs: 0, paintMs: 0, encodeMs: 0 };
  expect({ ...there, ...timeless }).toEqual({ ...facts, ...timeless });
  expect(there.captionFrames).toBe(5);
  expect(progress.at(-1)).toBe(5);
  const health = await client.health();
  expect(health).toMatchObject({ slots: 1, busy: 0, chunksDone: 1, draining: false, endsInSeconds: null });
  expect(health.encoders).toContain("libx264");
  expect(health.megapixelsPerSecond).toBeGreaterThan(0);
  expect(health.blobs.count).toBe(2);
});

test("a file that is no such chunk is refused by the probe", async () => {
  const local = new RenderPool(1, { limits: DEFAULT_LIMITS, tempRoot: bench.folder, compileCache: null });
  bench.onClose(() => local.close());
  const probe = chunkProbe(local);
  const chunk = await smallChunk(bench.folder);
  await local.run("renderChunk", chunk);
  await probe(chunk.outPath, chunk);
  const longer = { ...chunk, plan: { ...chunk.plan, frameCount: 6 } };
  const refused = { code: "AGENT_OUTPUT_DAMAGED", retryable: true };
  await expect(probe(chunk.outPath, longer)).rejects.toMatchObject(refused);
  writeFileSync(chunk.outPath, readFileSync(chunk.outPath).subarray(0, 700));
  await expect(probe(chunk.outPath, chunk)).rejects.toMatchObject(refused);
});

test("an input that can't be read is named as it is called here", async () => {
  const { port } = await bench.process();
  const chunk = await smallChunk(bench.folder);
  const [digest = ""] = Object.keys(chunk.inputs);
  const broken = path.join(bench.folder, "broken.png");
  writeFileSync(broken, readFileSync(chunk.inputs[digest] as string).subarray(0, 60));
  const { createHash } = await import("node:crypto");
  const other = createHash("sha256").update(readFileSync(broken)).digest("hex");
  const plan = {
    ...chunk.plan,
    layers: chunk.plan.layers.map((layer) => ({ ...layer, picture: { ...layer.picture, digest: other } })),
  };
  const inputs = { ...chunk.inputs, [other]: broken };
  const error = await bench
    .client(port)
    .runner(1)
    .run("renderChunk", { ...chunk, plan, inputs })
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "IMAGE_UNREADABLE", path: broken });
  expect(existsSync(chunk.outPath)).toBe(false);
});

test("killed in the middle of a chunk: an error that may be tried again elsewhere", async () => {
  const { child, port } = await bench.process();
  const chunk = await smallChunk(bench.folder, 100, 3000);
  const client = bench.client(port, { timeouts: { silentMs: 700 } });
  const error = await client
    .runner(1)
    .run("renderChunk", chunk, { onProgress: () => void child.kill("SIGKILL") })
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "AGENT_SILENT", retryable: true });
  expect(existsSync(chunk.outPath)).toBe(false);
});

test("a chunk that is given up ends its render process", async () => {
  const { child, port } = await bench.process();
  const chunk = await smallChunk(bench.folder, 100, 30_000);
  const client = bench.client(port);
  const stop = new AbortController();
  let before = 0;
  const running = client.runner(1).run("renderChunk", chunk, {
    signal: stop.signal,
    onProgress: () => {
      before = renderProcessesOf(child.pid ?? 0).length;
      stop.abort();
    },
  });
  await expect(running).rejects.toMatchObject({ code: "ABORTED" });
  expect(before).toBe(1);
  await client.close();
  await expect.poll(() => renderProcessesOf(child.pid ?? 0)).toEqual([]);
});

test("SIGTERM: what is at work is finished and fetched, then it ends and leaves nothing", async () => {
  const { child, port } = await bench.process();
  const chunk = await smallChunk(bench.folder, 100, 400);
  const client = bench.client(port);
  let told = false;
  const facts = await client.runner(1).run("renderChunk", chunk, {
    onProgress: () => {
      if (!told) child.kill("SIGTERM");
      told = true;
    },
  });
  expect(facts.frames).toBe(400);
  if (child.exitCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(0);
  expect(readdirSync(path.join(bench.folder, "cache", "agent"))).toEqual([]);
});

test("the dead-man ends the work and runs the end command", async () => {
  const ended = path.join(bench.folder, "ended");
  const { port } = await bench.process({
    REELBURST_AGENT_IDLE_SECONDS: "1",
    REELBURST_AGENT_END_COMMAND: `touch ${ended}`,
  });
  expect((await bench.client(port).health()).endsInSeconds).toBeLessThanOrEqual(1);
  expect(existsSync(ended)).toBe(false);
  await expect.poll(() => existsSync(ended), { timeout: 10_000 }).toBe(true);
});

test("without an end command the dead-man ends the agent", async () => {
  const { child } = await bench.process({ REELBURST_AGENT_IDLE_SECONDS: "0.2" });
  if (child.exitCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(0);
});

test.each([
  ["no key", { REELBURST_AGENT_KEY_FILE: "" }, "AGENT_KEY_MISSING"],
  ["a short key", { REELBURST_AGENT_KEY: "1234" }, "AGENT_KEY_MISSING"],
  ["no certificate", { REELBURST_AGENT_CERTIFICATE_FILE: "" }, "AGENT_KEY_MISSING"],
  [
    "a broken certificate",
    { REELBURST_AGENT_CERTIFICATE: "-----BEGIN NOTHING" },
    "AGENT_CERTIFICATE_INVALID",
  ],
])("does not start with %s", async (_what, env, code) => {
  await expect(bench.process(env)).rejects.toThrow(code);
});

test("does not start with a key that others can read", async () => {
  const file = path.join(bench.folder, "open.key");
  writeFileSync(file, `${lease.key}\n`, { mode: 0o644 });
  await expect(bench.process({ REELBURST_AGENT_KEY_FILE: file })).rejects.toThrow("AGENT_KEY_EXPOSED");
});

test("the hash of the key is enough; what --new-lease writes is taken and kept from others", async () => {
  const made = path.join(bench.folder, "lease");
  const context = fakeContext(bench.folder);
  expect(await runCli(["agent", "--new-lease", made], context)).toBe(0);
  const fingerprint = context.stdout.text.trim();
  expect(readdirSync(made).map((name) => statSync(path.join(made, name)).mode & 0o777)).toEqual([
    0o600, 0o600, 0o600,
  ]);
  const key = readFileSync(path.join(made, "agent.key"), "utf8").trim();
  const { port } = await bench.process({
    REELBURST_AGENT_KEY_FILE: "",
    REELBURST_AGENT_KEY_SHA256: hashOfKey(key),
    REELBURST_AGENT_CERTIFICATE_FILE: path.join(made, "agent-certificate.pem"),
    REELBURST_AGENT_PRIVATE_KEY_FILE: path.join(made, "agent-private-key.pem"),
  });
  expect(await bench.client(port, { key, fingerprint }).health()).toMatchObject({ slots: 1 });
  // A second lease over the first would lock its controller out.
  expect(await runCli(["agent", "--new-lease", made], context)).not.toBe(0);
  expect(context.stderr.text).toContain("OUTPUT_EXISTS");
});

function renderProcessesOf(parent: number): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === String(parent)
      );
    } catch {
      return false;
    }
  });
}
