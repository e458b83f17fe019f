import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readWav } from "../../speech/pcm.ts";
import { espeakModel } from "./espeak-model.ts";

let folder: string;
let command: string;

/** Says each sentence as half a second of a tone in a second of sound; knows German and Chinese. */
const FAKE = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const args = process.argv.slice(2);
let text = "";
process.stdin.on("data", (chunk) => { text += chunk; });
process.stdin.on("end", () => {
  appendFileSync(__dirname + "/said.jsonl", JSON.stringify({ args, text }) + "\\n");
  if (!/^(de|cmn)/.test(args[1])) { console.error("Error: The specified espeak-ng voice does not exist."); process.exit(1); }
  const wav = Buffer.alloc(44 + 44100);
  wav.write("RIFF", 0); wav.writeUInt32LE(0x7ffff000, 4); wav.write("WAVEfmt ", 8); wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); wav.writeUInt16LE(1, 22); wav.writeUInt32LE(22050, 24); wav.writeUInt32LE(44100, 28);
  wav.writeUInt16LE(2, 32); wav.writeUInt16LE(16, 34); wav.write("data", 36); wav.writeUInt32LE(0x7ffff000, 40);
  for (let i = 5512; i < 16537; i++) wav.writeInt16LE(Math.round(8000 * Math.sin(i / 8)), 44 + i * 2);
  process.stdout.write(wav);
});
`;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "espeak-"));
  // A name that ends so is CommonJS wherever it stands.
  command = path.join(folder, "espeak.cjs");
  writeFileSync(command, FAKE);
  chmodSync(command, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

const speak = (
  text: string,
  language: string,
  more: { voice?: string; speaker?: number; command?: string } = {},
) =>
  espeakModel({ command: more.command ?? command }).call(
    { text, language, voice: more.voice ?? null, speaker: more.speaker ?? 0, tone: null },
    { key: null, signal: new AbortController().signal, requestId: "x" },
  );

it("speaks sentence by sentence, silence cut, words inside their sentence", async () => {
  const { answer } = await speak("茶树原产于中国。它的叶子很香。", "zh", { speaker: 1 });
  const pcm = readWav(answer.bytes);
  // Two tones of half a second with an edge each, and the pause between.
  expect((pcm?.samples.length ?? 0) / (pcm?.sampleRate ?? 1)).toBeCloseTo(2 * 0.6 + 0.3, 1);
  expect(answer.words.map(({ text }) => text).join("")).toBe("茶树原产于中国。它的叶子很香。");
  const second = answer.words.find(({ text }) => text.startsWith("它"));
  expect(second?.start).toBeCloseTo(0.6 + 0.3 + 0.05, 1);
  const said = readFileSync(path.join(folder, "said.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(said.map(({ text }) => text)).toEqual(["茶树原产于中国。", "它的叶子很香。"]);
  expect(said[0].args.slice(0, 2)).toEqual(["-v", "cmn+f3"]);
});

it("never passes text as an argument", async () => {
  await speak("--help -w elsewhere.wav; rm -rf /", "de");
  const last = JSON.parse(
    readFileSync(path.join(folder, "said.jsonl"), "utf8").trim().split("\n").at(-1) ?? "",
  );
  expect(last.args).toEqual(["-v", "de", "-s", "150", "--stdin", "--stdout"]);
});

it.each([
  ["a language it does not speak", "tlh", {}],
  ["a voice that is an option", "de", { voice: "-w elsewhere.wav" }],
  ["a binary that is not there", "de", { command: "/nowhere/espeak-ng" }],
])("%s: unsupported", async (_name, language, more) => {
  await expect(speak("Hallo.", language, more)).rejects.toMatchObject({ fault: "unsupported" });
});
