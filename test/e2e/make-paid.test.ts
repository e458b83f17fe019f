/** make with services that cost money, run as the user runs it: killed in the middle, out of order, over its limit. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeProviders, startFakeProviders } from "../fakes/providers/fake-providers.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const TEXT = "# Ice\n\nSnow falls here.\n\n## Two\n\nIce grows there.\n\n## Three\n\nWater flows away.\n";

let folder: string;
let fake: FakeProviders;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "paid-"));
  writeFileSync(path.join(folder, "ice.md"), TEXT);
  fake = await startFakeProviders();
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

function start(cache: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    [PROGRAM, "make", "ice.md", "--length", "short", "--preview", "--json", ...args],
    {
      cwd: folder,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: folder,
        REELBURST_CACHE_DIR: path.join(folder, cache),
        OPENAI_API_KEY: "sk-secret-1,sk-secret-2",
        OPENAI_BASE_URL: fake.origin,
        REELBURST_TEXT_PROVIDERS: "outline",
        REELBURST_PICTURE_PROVIDERS: "cards",
        REELBURST_SPEECH_PROVIDERS: "openai:tts-1",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  running.add(child);
  let out = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = new Promise<{
    code: number | null;
    events: { type: string; [key: string]: unknown }[];
    text: string;
  }>((resolve) =>
    child.once("close", (code) => {
      running.delete(child);
      const events =
        out.trim() === ""
          ? []
          : out
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line));
      resolve({ code, events, text: out + err });
    }),
  );
  return { child, ended };
}

type Report = {
  attempts: { stage: string; outcome: string; item: string; costMicros: number | null }[];
  notices: { code: string }[];
  costMicros: number;
  providers: { speech: string[] };
};
const reportOf = (events: readonly { type: string }[]): Report =>
  (events.find(({ type }) => type === "made") as unknown as { report: Report }).report;

describe("a paid voice", () => {
  it("survives kill -9: what was answered is not bought again, what was asked is told", async () => {
    // Two answers come, the third segment's never does.
    fake.behave("ok", "ok", "half-open");
    const first = start("killed", []);
    while (fake.calls.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    // The two answers are on the disk when their segments' captions are.
    const done = () =>
      ["s01", "s02", "s03"].filter((id) => existsSync(path.join(folder, `ice.make/captions/${id}.json`)));
    while (done().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    first.child.kill("SIGKILL");
    await first.ended;
    fake.behave("ok");
    const { code, events, text } = await start("killed", []).ended;
    expect(code, text).toBe(0);
    expect(fake.calls.length).toBe(1);
    const report = reportOf(events);
    const speech = report.attempts.filter(({ stage }) => stage === "speech").map(({ outcome }) => outcome);
    expect(speech.toSorted()).toEqual(["cached", "cached", "lost", "succeeded"]);
    expect(report.notices.map((notice) => notice.code)).toContain("PAID_CALL_LOST");
    // Counted twice, since it may have been paid twice.
    const paid = report.attempts.filter(({ costMicros }) => (costMicros ?? 0) > 0);
    expect(paid.length).toBe(2);
    expect(report.costMicros).toBe(paid.reduce((sum, { costMicros }) => sum + (costMicros ?? 0), 0));
  });

  it("that fails gives way only to whom the user named, and the film says so", async () => {
    fake.behave("revoked");
    const alone = await start("alone", []).ended;
    expect(alone.code).toBe(1);
    expect(alone.events.at(-1)).toMatchObject({ type: "failed", error: { code: "PROVIDERS_FAILED" } });
    fake.behave("revoked");
    const listed = await start("listed", ["--speech-providers", "openai:tts-1,flite"]).ended;
    expect(listed.code, listed.text).toBe(0);
    const report = reportOf(listed.events);
    expect(report.providers.speech).toEqual(["flite:2.3"]);
    expect(report.notices.map(({ code }) => code)).toContain("PROVIDER_FELL_BACK");
    expect(
      alone.text + listed.text + readFileSync(path.join(folder, "ice.make/report.json"), "utf8"),
    ).not.toContain("sk-secret");
  });

  it("is not bought above the limit, and never before a review", async () => {
    fake.behave("ok");
    const dear = await start("dear", ["--max-cost", "0.0000001"]).ended;
    expect(dear.events.at(-1)).toMatchObject({ type: "failed", error: { code: "PROVIDERS_FAILED" } });
    const review = await start("review", ["--review"]).ended;
    expect(review.code, review.text).toBe(0);
    expect(review.events.find(({ type }) => type === "made")).toMatchObject({ production: null });
    expect(existsSync(path.join(folder, "ice.make/storyboard.png"))).toBe(true);
    expect(fake.calls.length).toBe(0);
  });
});

it("a topic becomes a film with a text provider", async () => {
  fake.behave("ok");
  const { code, events, text } = await start("topic", ["--speech-providers", "flite"], {
    REELBURST_TEXT_PROVIDERS: "openai",
  }).ended;
  expect(code, text).toBe(0);
  expect(events.at(-1)).toMatchObject({ type: "succeeded" });
  expect(fake.calls.map((call) => call.path)).toEqual(["/chat/completions"]);
  expect(fake.calls[0]?.body).toContain("Snow falls here.");
});
