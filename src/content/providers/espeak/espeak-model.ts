import { spawn } from "node:child_process";
import { ProviderError } from "../../models/provider.ts";
import type { SpeechModel, TimedWord } from "../../models/speech.ts";
import { sentencesOf } from "../../outline/sentences.ts";
import { type Pcm, readWav, wavOf } from "../../speech/pcm.ts";
import { polish } from "../../speech/polish.ts";
import { soundingSpan, spreadWords, writtenWords } from "../../speech/spread-words.ts";

export interface EspeakOptions {
  /** Name or path of the binary. */
  readonly command: string;
}

const WORDS_A_MINUTE = 150;
/** Where espeak-ng counts each syllable as a word. */
const SYLLABLES_A_MINUTE = 300;
const SYLLABIC = new Set(["zh", "yue", "ja", "ko", "vi", "th"]);
const SENTENCE_PAUSE_SECONDS = 0.4;
const EDGE_SECONDS = 0.05;
const MOST_BYTES = 200e6;
/** espeak-ng's name where it is not the language's own. */
const VOICES: Readonly<Record<string, string>> = {
  zh: "cmn",
  "zh-HK": "yue",
  no: "nb",
  "pt-BR": "pt-br",
  "en-US": "en-us",
};
/** For further speakers: the same language in other throats. */
const VARIANTS = ["", "+f3", "+m3", "+f4"];

/**
 * The espeak-ng binary, where it is installed: a hundred languages, plain but clear. It does not tell when a word is
 * said; each sentence is spoken by itself, so only inside one are words timed by their length.
 */
export function espeakModel({ command }: EspeakOptions): SpeechModel {
  return {
    name: "espeak",
    model: "espeak-ng",
    keys: null,
    estimateMicros: () => 0,
    call: async ({ text, language, voice, speaker }, { signal }) => {
      const own =
        VOICES[language] ?? VOICES[language.split("-")[0] ?? ""] ?? language.split("-")[0] ?? language;
      const chosen = voice ?? `${own}${VARIANTS[speaker % VARIANTS.length] ?? ""}`;
      if (!/^[A-Za-z0-9+_-]{1,60}$/.test(chosen))
        throw new ProviderError("unsupported", `"${chosen}" is no voice of espeak-ng.`);
      const parts: Float32Array[] = [];
      const words: TimedWord[] = [];
      let sampleRate = 0;
      let length = 0;
      for (const sentence of sentencesOf(text, language)) {
        const spoken = await say(command, chosen, sentence, language, signal);
        if (sampleRate !== 0 && spoken.sampleRate !== sampleRate)
          throw new ProviderError("malformed", "espeak-ng changed its sample rate between sentences.");
        sampleRate = spoken.sampleRate;
        const span = soundingSpan(spoken.samples, sampleRate);
        const from = Math.max(0, span.start - EDGE_SECONDS);
        if (parts.length > 0) {
          const pause = new Float32Array(
            Math.round((SENTENCE_PAUSE_SECONDS - 2 * EDGE_SECONDS) * sampleRate),
          );
          parts.push(pause);
          length += pause.length;
        }
        const offset = length / sampleRate - from;
        words.push(...spreadWords(writtenWords(sentence, language), span.start + offset, span.end + offset));
        const cut = spoken.samples.slice(
          Math.round(from * sampleRate),
          Math.round((span.end + EDGE_SECONDS) * sampleRate),
        );
        parts.push(cut);
        length += cut.length;
      }
      if (words.length === 0) throw new ProviderError("unsupported", "there is nothing to say.");
      const samples = new Float32Array(length);
      let at = 0;
      for (const part of parts) {
        samples.set(part, at);
        at += part.length;
      }
      const bytes = wavOf(polish({ sampleRate, samples }));
      return { answer: { bytes, format: "wav", words, timing: "length", voice: chosen }, costMicros: 0 };
    },
  };
}

/** Text goes in through a pipe: it is never an argument, nor a file's name. */
function say(
  command: string,
  voice: string,
  text: string,
  language: string,
  signal: AbortSignal,
): Promise<Pcm> {
  const pace = SYLLABIC.has(language.split("-")[0] ?? "") ? SYLLABLES_A_MINUTE : WORDS_A_MINUTE;
  return new Promise((resolve, reject) => {
    const child = spawn(command, ["-v", voice, "-s", String(pace), "--stdin", "--stdout"], {
      stdio: ["pipe", "pipe", "pipe"],
      signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) child.kill("SIGKILL");
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(0, 500);
    });
    // It may end before it has read all: its exit says why.
    child.stdin.on("error", () => {});
    child.stdin.end(text);
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT" && error.code !== "EACCES") return reject(error);
      reject(
        new ProviderError("unsupported", "espeak-ng is not installed on this machine.", {
          hint: "Install espeak-ng, or name a speech provider for this language.",
        }),
      );
    });
    child.on("close", (code) => {
      const pcm = readWav(Buffer.concat(chunks));
      if (code === 0 && pcm !== null && pcm.samples.length > 0) return resolve(pcm);
      if (/voice|language/i.test(complaint))
        return reject(new ProviderError("unsupported", `espeak-ng does not speak "${language}".`));
      reject(new ProviderError("malformed", `espeak-ng ended with ${code ?? "a signal"} and without sound.`));
    });
  });
}
