/** Every provider's faults over its real protocol: what the chain makes of each, and how many calls it takes. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Behaviour,
  FAKE_SCRIPT,
  type FakeProviders,
  startFakeProviders,
} from "../../../test/fakes/providers/fake-providers.ts";
import type { CancelTimer, Clock } from "../../support/clock.ts";
import type { Attempt } from "../fallback/attempt.ts";
import { Budget } from "../fallback/budget.ts";
import { PICTURE_ANSWERS, SCRIPT_ANSWERS, SPEECH_ANSWERS } from "../fallback/codecs.ts";
import { Fallback } from "../fallback/fallback.ts";
import { type AnswerCodec, fileAnswers } from "../fallback/stored-answers.ts";
import type { PictureRequest } from "../models/image.ts";
import type { Provider } from "../models/provider.ts";
import type { SpeechRequest } from "../models/speech.ts";
import type { ScriptRequest } from "../models/text.ts";
import { NO_PROVENANCE } from "../sources/read-source.ts";
import { anthropicText } from "./anthropic/anthropic-text.ts";
import { elevenlabsSpeech } from "./elevenlabs/elevenlabs-speech.ts";
import { geminiPictures } from "./google/gemini-pictures.ts";
import { geminiText } from "./google/gemini-text.ts";
import { openaiPictures } from "./openai/openai-pictures.ts";
import { openaiSpeech } from "./openai/openai-speech.ts";
import { openaiText } from "./openai/openai-text.ts";
import { pollinationsPictures } from "./pollinations/pollinations-pictures.ts";

const SCRIPT: ScriptRequest = {
  source: { topic: "Ice", text: "Snow falls and stays.", provenance: { ...NO_PROVENANCE, kind: "text" } },
  length: "short",
  style: "explainer",
  language: "en",
};
const SPEECH: SpeechRequest = {
  text: "Snow falls. Ice grows.",
  language: "en",
  voice: null,
  speaker: 0,
  tone: null,
};
const PICTURE: PictureRequest = {
  prompt: "Snow & ice?",
  width: 1920,
  height: 1080,
  segmentId: "s01",
  card: null,
};
const KEYS = ["sk-first", "sk-second"];

/** Waits pass at once but for attempts' own limits; what is asked for is counted. */
class HurriedClock implements Clock {
  waitedMs = 0;
  #skewMs = 0;
  now(): number {
    return Date.now() + this.#skewMs;
  }
  monotonicMs(): number {
    return performance.now() + this.#skewMs;
  }
  after(delayMs: number, callback: () => void): CancelTimer {
    if (delayMs === ATTEMPT_MS) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    }
    const timer = setImmediate(() => {
      this.waitedMs += delayMs;
      this.#skewMs += delayMs;
      callback();
    });
    return () => clearImmediate(timer);
  }
}
const ATTEMPT_MS = 900;

let fake: FakeProviders;
let folder: string;
beforeAll(async () => {
  fake = await startFakeProviders();
  folder = mkdtempSync(path.join(os.tmpdir(), "providers-"));
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

interface Subject {
  readonly name: string;
  readonly run: (
    keys: readonly string[],
  ) => Promise<{ outcome: string; attempts: Attempt[]; waitedMs: number; answer: unknown }>;
}

function subject<Request, Answer>(
  name: string,
  request: Request,
  codec: AnswerCodec<Answer>,
  open: (keys: readonly string[], origin: string) => Provider<Request, Answer>,
): Subject {
  return {
    name,
    run: async (keys) => {
      const attempts: Attempt[] = [];
      const clock = new HurriedClock();
      const chain = new Fallback("script", [open(keys, fake.origin)], fileAnswers(folder, codec), {
        clock,
        random: () => 0.5,
        budget: new Budget(null),
        attemptMs: ATTEMPT_MS,
        onAttempt: (attempt) => attempts.push(attempt),
      });
      const asked = await chain.ask(request, null, new AbortController().signal).then(
        ({ answer }) => ({ outcome: "answer", answer }),
        (error: { code: string }) => ({ outcome: error.code, answer: null }),
      );
      return { ...asked, attempts, waitedMs: clock.waitedMs };
    },
  };
}

const SUBJECTS: Subject[] = [
  subject("OpenAI text", SCRIPT, SCRIPT_ANSWERS, (keys, origin) => openaiText(null, keys, origin)),
  subject("Gemini text", SCRIPT, SCRIPT_ANSWERS, (keys, origin) => geminiText(null, keys, origin)),
  subject("Anthropic text", SCRIPT, SCRIPT_ANSWERS, (keys, origin) => anthropicText(null, keys, origin)),
  subject("ElevenLabs speech", SPEECH, SPEECH_ANSWERS, (keys, origin) =>
    elevenlabsSpeech(null, keys, origin),
  ),
  subject("OpenAI speech", SPEECH, SPEECH_ANSWERS, (keys, origin) => openaiSpeech(null, keys, origin)),
  subject("OpenAI pictures", PICTURE, PICTURE_ANSWERS, (keys, origin) => openaiPictures(null, keys, origin)),
  subject("Gemini pictures", PICTURE, PICTURE_ANSWERS, (keys, origin) => geminiPictures(null, keys, origin)),
  subject("Pollinations", PICTURE, PICTURE_ANSWERS, (keys, origin) =>
    pollinationsPictures(null, keys, origin),
  ),
];

/** Behaviours of the service, what comes of it, calls that are made, how each attempt is written down. */
const FAULTS: [name: string, behaviours: Behaviour[], outcome: string, calls: number, attempts: string[]][] =
  [
    ["well", ["ok"], "answer", 1, ["succeeded"]],
    ["first key without quota", ["quota", "ok"], "answer", 2, ["quota", "succeeded"]],
    ["both keys without quota", ["quota"], "PROVIDERS_FAILED", 2, ["quota", "quota"]],
    ["first key revoked", ["revoked", "ok"], "answer", 2, ["auth", "succeeded"]],
    ["both keys revoked", ["revoked"], "PROVIDERS_FAILED", 2, ["auth", "auth"]],
    ["429 with retry-after on both keys", ["rate", "rate", "ok"], "answer", 3, ["rate", "rate", "succeeded"]],
    ["503, then well", ["down", "ok"], "answer", 2, ["transient", "succeeded"]],
    ["503 for good", ["down"], "PROVIDERS_FAILED", 3, ["transient", "transient", "transient"]],
    ["a body that breaks off", ["torn", "ok"], "answer", 2, ["transient", "succeeded"]],
    ["a page instead of an answer", ["malformed", "ok"], "answer", 2, ["malformed", "succeeded"]],
    ["an answer of the wrong kind, twice", ["wrong"], "PROVIDERS_FAILED", 2, ["malformed", "malformed"]],
    ["content that is refused", ["refused"], "CONTENT_REFUSED", 1, ["refused"]],
  ];

describe.each(SUBJECTS)("$name", ({ run }) => {
  it.each(FAULTS)("%s", async (_name, behaviours, outcome, calls, outcomes) => {
    fake.behave(...behaviours);
    const ended = await run(KEYS);
    expect(ended.attempts.map((attempt) => attempt.outcome)).toEqual(outcomes);
    expect(ended.outcome).toBe(outcome);
    expect(fake.calls.length).toBe(calls);
    // Keys go where they belong and nowhere else.
    expect(JSON.stringify(ended.attempts)).not.toMatch(/sk-/);
    expect(fake.calls[0]?.key).toBe("sk-first");
    if (outcomes[0] === "quota" || outcomes[0] === "auth") expect(fake.calls[1]?.key).toBe("sk-second");
    if (outcome === "answer" && outcomes[1] === "rate") expect(ended.waitedMs).toBeGreaterThan(900);
  });

  it.each(["slow", "half-open"] as const)("%s: the attempt ends and is made again", async (behaviour) => {
    fake.behave(behaviour, "ok");
    const ended = await run(["sk-first"]);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(["transient", "succeeded"]);
  });
});

it("scripts have what they need, and cost what was used", async () => {
  fake.behave("ok");
  const [openai, gemini, anthropic] = await Promise.all(SUBJECTS.slice(0, 3).map(({ run }) => run(KEYS)));
  for (const ended of [openai, gemini, anthropic])
    expect(ended?.answer).toMatchObject({
      title: FAKE_SCRIPT.title,
      language: "en",
      tags: ["ice", "snow"],
      segments: [{ id: "s01" }, {}, {}],
    });
  // 1,000 tokens in and 500 out, by each list price.
  expect([openai, gemini, anthropic].map((ended) => ended?.attempts[0]?.costMicros)).toEqual([
    1200, 1550, 3500,
  ]);
});

it("voices come with the time of every word", async () => {
  fake.behave("ok");
  const elevenlabs = (await SUBJECTS[3]?.run(KEYS))?.answer as {
    words: { text: string; start: number }[];
    timing: string;
  };
  expect(elevenlabs.timing).toBe("given");
  expect(elevenlabs.words.map(({ text }) => text)).toEqual(["Snow", "falls.", "Ice", "grows."]);
  expect(elevenlabs.words.map(({ start }) => Math.round(start * 100))).toEqual([0, 25, 60, 80]);
  fake.behave("ok");
  const openai = (await SUBJECTS[4]?.run(KEYS))?.answer as typeof elevenlabs;
  expect(openai.timing).toBe("pauses");
  // The pause of the sound is from 1.3 to 1.7 s.
  expect(openai.words[2]?.start).toBeCloseTo(1.7, 1);
});

it("prompts and texts are data: nothing of them becomes part of an address or a header", async () => {
  fake.behave("ok");
  const chain = subject(
    "p",
    { ...PICTURE, prompt: "../../admin?x=1#y\r\nX-Evil: 1" },
    PICTURE_ANSWERS,
    (keys, origin) => pollinationsPictures(null, keys, origin),
  );
  expect((await chain.run(["k"])).outcome).toBe("answer");
  expect(fake.calls[0]?.path).toMatch(
    /^\/prompt\/\.\.%2F\.\.%2Fadmin%3Fx%3D1%23y%0D%0AX-Evil%3A%201\?model=flux&/,
  );
});
