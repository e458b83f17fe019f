import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../support/manual-clock.ts";
import { type Provider, ProviderError, type ProviderFault } from "../models/provider.ts";
import type { Attempt } from "./attempt.ts";
import { Budget } from "./budget.ts";
import { Fallback } from "./fallback.ts";
import { type AnswerCodec, fileAnswers } from "./stored-answers.ts";

type Reply = string | ProviderError | "hang";
interface FakeProvider extends Provider<string, string> {
  readonly calls: { key: string | null; atMs: number }[];
}

const CODEC: AnswerCodec<string> = {
  encode: (answer) => Buffer.from(answer),
  decode: (bytes) => Buffer.from(bytes).toString(),
};

let folder: string;
let clock: ManualClock;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "answers-"));
  clock = new ManualClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Answers in turn; the last one again and again. */
function provider(
  name: string,
  replies: readonly Reply[],
  {
    keys = null,
    estimate = 100 as number | null,
    cost = 70,
  }: { keys?: string[] | null; estimate?: number | null; cost?: number } = {},
): FakeProvider {
  const calls: FakeProvider["calls"] = [];
  return {
    name,
    model: "m",
    keys,
    calls,
    estimateMicros: () => estimate,
    call: async (_request, { key, signal }) => {
      const reply = replies[Math.min(calls.length, replies.length - 1)] as Reply;
      calls.push({ key, atMs: clock.monotonicMs() });
      if (reply === "hang")
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      if (reply instanceof ProviderError) throw reply;
      return { answer: reply, costMicros: cost };
    },
  };
}

function chain(providers: readonly FakeProvider[], { maxMicros = null as number | null } = {}) {
  const attempts: Attempt[] = [];
  const budget = new Budget(maxMicros);
  const fallback = new Fallback("speech", providers, fileAnswers(folder, CODEC), {
    clock,
    random: () => 1,
    budget,
    attemptMs: 30_000,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const ask = async (request = "hello", signal = new AbortController().signal) => {
    const answer = fallback.ask(request, "s1", signal).then(
      ({ answer: given, provider: by }) => `${given} by ${by}`,
      (error: unknown) => error as ProviderError,
    );
    let open = true;
    void answer.finally(() => {
      open = false;
    });
    // Files are really written, so virtual time waits for them.
    for (let turn = 0; open && turn < 4_000; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await clock.advance(50);
    }
    return answer;
  };
  return { ask, attempts, budget };
}

const fault = (kind: ProviderFault, retryAfterMs: number | null = null): ProviderError =>
  new ProviderError(kind, `${kind} it is.`, { retryAfterMs });

describe("faults of the first of two providers", () => {
  const cases: [
    name: string,
    replies: Reply[],
    keys: string[] | null,
    ending: string,
    callsOfFirst: number,
    outcomes: string[],
  ][] = [
    ["none", ["ok"], null, "ok by first", 1, ["succeeded"]],
    ["quota on its only key", [fault("quota")], ["a"], "spare by second", 1, ["quota", "succeeded"]],
    [
      "quota on one of two keys",
      [fault("quota"), "ok"],
      ["a", "b"],
      "ok by first",
      2,
      ["quota", "succeeded"],
    ],
    [
      "all keys revoked",
      [fault("auth")],
      ["a", "b", "c"],
      "spare by second",
      3,
      ["auth", "auth", "auth", "succeeded"],
    ],
    ["no key at all", ["ok"], [], "spare by second", 0, ["no key", "succeeded"]],
    ["429, soon again", [fault("rate", 2_000), "ok"], ["a"], "ok by first", 2, ["rate", "succeeded"]],
    ["429, another key", [fault("rate", 20_000), "ok"], ["a", "b"], "ok by first", 2, ["rate", "succeeded"]],
    ["429 for an hour", [fault("rate", 3_600_000)], ["a"], "spare by second", 1, ["rate", "succeeded"]],
    [
      "a server's fault, then well",
      [fault("transient"), "ok"],
      null,
      "ok by first",
      2,
      ["transient", "succeeded"],
    ],
    [
      "a server's fault for good",
      [fault("transient")],
      null,
      "spare by second",
      3,
      ["transient", "transient", "transient", "succeeded"],
    ],
    [
      "never an answer",
      ["hang"],
      null,
      "spare by second",
      3,
      ["transient", "transient", "transient", "succeeded"],
    ],
    ["nonsense, then well", [fault("malformed"), "ok"], null, "ok by first", 2, ["malformed", "succeeded"]],
    [
      "nonsense for good",
      [fault("malformed")],
      null,
      "spare by second",
      2,
      ["malformed", "malformed", "succeeded"],
    ],
    ["can't do it", [fault("unsupported")], null, "spare by second", 1, ["unsupported", "succeeded"]],
    ["refuses the content", [fault("refused")], null, "CONTENT_REFUSED", 1, ["refused"]],
  ];

  it.each(cases)("%s", async (_name, replies, keys, ending, callsOfFirst, outcomes) => {
    const first = provider("first", replies, { keys });
    const second = provider("second", ["spare"]);
    const { ask, attempts } = chain([first, second]);
    const answer = await ask();
    expect(typeof answer === "string" ? answer : answer.code).toBe(ending);
    expect(first.calls.length).toBe(callsOfFirst);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(second.calls.length).toBe(ending === "spare by second" ? 1 : 0);
    expect(readdirSync(folder).filter((name) => name.endsWith(".intent"))).toEqual([]);
  });
});

it("waits as long as it is told to, and no less", async () => {
  const first = provider("first", [fault("rate", 7_000), "ok"], { keys: ["a"] });
  await chain([first]).ask();
  expect((first.calls[1]?.atMs ?? 0) - (first.calls[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(7_000);
});

it("remembers a key that was refused: the next request does not try it", async () => {
  const first = provider("first", [fault("auth"), "ok", "ok"], { keys: ["bad", "good"] });
  const { ask } = chain([first]);
  await ask("one");
  await ask("two");
  expect(first.calls.map(({ key }) => key)).toEqual(["bad", "good", "good"]);
});

it("lets a provider that is down rest, and asks once after a minute", async () => {
  const first = provider("first", [...Array<Reply>(6).fill(fault("transient")), "ok"]);
  const { ask, attempts } = chain([first, provider("second", ["spare"])]);
  await ask("one");
  await ask("two");
  await ask("three");
  expect(first.calls.length).toBe(5);
  expect(attempts.at(-2)).toMatchObject({ provider: "first", outcome: "resting" });
  await clock.advance(60_000);
  // The sixth answer is a fault again: one call, then rest.
  await ask("four");
  expect(first.calls.length).toBe(6);
  await clock.advance(60_000);
  expect(await ask("five")).toBe("ok by first");
});

it("says what every provider said when none has an answer", async () => {
  const { ask } = chain([
    provider("first", [fault("quota")], { keys: ["a"] }),
    provider("second", [fault("malformed")]),
  ]);
  const error = (await ask()) as ProviderError;
  expect(error.code).toBe("PROVIDERS_FAILED");
  expect(error.message).toContain("first: quota it is; second: malformed it is");
});

it("stops waiting when the user stops", async () => {
  const stop = new AbortController();
  const { ask } = chain([provider("first", [fault("transient")])]);
  const asked = ask("hello", stop.signal);
  setTimeout(() => stop.abort(), 5);
  expect(((await asked) as ProviderError).code).toBe("ABORTED");
});

describe("money", () => {
  it("is not spent twice for one answer, by whoever gave it", async () => {
    const first = provider("first", [fault("quota"), "late"], { keys: ["a"] });
    const second = provider("second", ["spare"]);
    await chain([first, second]).ask();
    const again = chain([first, second]);
    expect(await again.ask()).toBe("spare by second");
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
    expect(again.attempts).toMatchObject([{ outcome: "cached", costMicros: 0 }]);
  });

  it("is counted, a malformed answer's too", async () => {
    const { ask, budget } = chain([provider("first", [fault("malformed"), "ok"])]);
    await ask();
    expect(budget.spentMicros).toBe(170);
  });

  it("is not spent above the limit, nor where nobody knows the price", async () => {
    const dear = provider("dear", ["ok"], { estimate: 500 });
    const unknown = provider("unknown", ["ok"], { estimate: null });
    const { ask, attempts } = chain([dear, unknown, provider("cheap", ["ok"])], { maxMicros: 200 });
    expect(await ask("one")).toBe("ok by cheap");
    expect([dear.calls.length, unknown.calls.length]).toEqual([0, 0]);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(["over budget", "over budget", "succeeded"]);
    await ask("two");
    expect(((await ask("three")) as ProviderError).code).toBe("PROVIDERS_FAILED");
  });

  it("that a killed run may have spent is told and counted", async () => {
    const first = provider("first", ["hang"]);
    const stop = new AbortController();
    const { ask } = chain([first]);
    const asked = ask("hello", stop.signal);
    setTimeout(() => stop.abort(), 20);
    await asked;
    const [intent = ""] = readdirSync(folder);
    // As if that process had died: nothing else can have this start time.
    rmSync(path.join(folder, intent));
    writeFileSync(
      path.join(folder, intent.replace(/\.\d+\.(?=[0-9a-f]{8}\.intent)/, ".1.")),
      JSON.stringify({ provider: "first", model: "m", estimateMicros: 100, at: "2026-01-01T00:00:00Z" }),
    );
    const later = chain([provider("first", ["ok"])]);
    expect(await later.ask()).toBe("ok by first");
    expect(later.attempts.map(({ outcome }) => outcome)).toEqual(["lost", "succeeded"]);
    expect(later.budget.spentMicros).toBe(170);
    expect(readdirSync(folder).filter((name) => name.endsWith(".intent"))).toEqual([]);
  });
});
