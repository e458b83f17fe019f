import { tmpdir } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import { readWav } from "../../speech/pcm.ts";
import { windowPowers } from "../../speech/polish.ts";
import { writtenWords } from "../../speech/spread-words.ts";
import { Flite } from "./flite.ts";
import { fliteModel } from "./flite-model.ts";
import { sayable } from "./say-ascii.ts";

const model = fliteModel(tmpdir());
afterAll(() => model.close());
const context = { key: null, signal: new AbortController().signal, requestId: "x" };
const speak = (text: string, more: { language?: string; voice?: string; speaker?: number } = {}) =>
  model.call({ text, language: "en", voice: null, speaker: 0, tone: null, ...more }, context);

const TEXT =
  "In the middle of Antarctica, where nothing melts, every snowfall stays. Today it is above 420 parts per million — and most of that rise happened within one long human life.";

it("times every written word, in order, inside the sound", async () => {
  const { answer } = await speak(TEXT);
  const pcm = readWav(answer.bytes);
  const seconds = (pcm?.samples.length ?? 0) / (pcm?.sampleRate ?? 1);
  expect(answer.words.map(({ text }) => text)).toEqual(writtenWords(TEXT, "en"));
  let before = 0;
  for (const { start, end } of answer.words) {
    expect(start).toBeGreaterThanOrEqual(before - 0.001);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThanOrEqual(seconds);
    before = start;
  }
});

it("begins each word within 80 ms of its first phone, sentence by sentence", async () => {
  // The words that a pause stands before begin where the phones say that sound begins again.
  const flite = new Flite(tmpdir());
  const sentence = "Snow falls, ice grows, years pass, and the air stays.";
  const spoken = await flite.say(sentence, "slt", 1.06);
  await flite.close();
  const { answer } = await speak(sentence);
  const first = spoken.phones.find(({ name }) => name !== "pau")?.start ?? 0;
  const starts = spoken.phones.filter(
    ({ name }, index) => name !== "pau" && spoken.phones[index - 1]?.name === "pau",
  );
  const words = answer.words.filter(
    (_, index) => index === 0 || /,$/.test(answer.words[index - 1]?.text ?? ""),
  );
  expect(starts.length).toBe(words.length);
  for (const [index, { start }] of starts.entries())
    expect(Math.abs((words[index]?.start ?? 9) - (start - first + 0.06))).toBeLessThan(0.005);
});

it("begins words after a pause within 80 ms of the sound's own onset", async () => {
  const { answer } = await speak("Snow. Ice. Dust and ash. Bubbles. The water itself. Two. Glaciers.");
  const { samples, sampleRate } = readWav(answer.bytes) ?? { samples: new Float32Array(), sampleRate: 1 };
  const powers = windowPowers(samples, sampleRate / 200);
  const loud = Math.max(...powers) / 1000;
  const onsets = powers.flatMap((power, at) =>
    power > loud && powers.slice(Math.max(0, at - 40), at).every((earlier) => earlier <= loud)
      ? [at / 200]
      : [],
  );
  const starts = answer.words.filter(
    (_, index) => index === 0 || /\.$/.test(answer.words[index - 1]?.text ?? ""),
  );
  expect(onsets.length).toBe(starts.length);
  const errors = starts.map(({ start }, index) => Math.abs(start - (onsets[index] ?? 9)));
  expect(Math.max(...errors)).toBeLessThan(0.08);
});

it("gives each speaker another voice, and the same one every time", async () => {
  const voices = await Promise.all(
    [0, 1, 2, 0].map(async (speaker) => (await speak("Hello there.", { speaker })).answer),
  );
  expect(new Set(voices.map(({ voice }) => voice)).size).toBe(3);
  expect(Buffer.compare(voices[0]?.bytes ?? new Uint8Array(), voices[3]?.bytes ?? new Uint8Array([1]))).toBe(
    0,
  );
});

describe("what it can't say", () => {
  it.each([
    ["another language", "Guten Tag.", { language: "de" }],
    ["another script", "The word 中文 means Chinese.", {}],
    ["no words", "— … !", {}],
    ["in a voice it has not", "Hello.", { voice: "nobody" }],
  ])("%s is refused, not mumbled", async (_name, text, more) => {
    await expect(speak(text, more)).rejects.toMatchObject({ fault: "unsupported" });
  });
});

it.each([
  ["“Café”", '"Cafe"'],
  ["3,270", "3270"],
  ["$5", "5 dollars"],
  ["37%", "37 percent"],
  ["naïve—no", "naive, no"],
  ["-o/etc/passwd", "-o/etc/passwd"],
  ["中", null],
])("%s is said as %s", (word, said) => expect(sayable(word)).toBe(said));
