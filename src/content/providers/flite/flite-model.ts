import { ProviderError } from "../../models/provider.ts";
import type { SpeechModel, TimedWord } from "../../models/speech.ts";
import { sentencesOf } from "../../outline/sentences.ts";
import { alignPhones } from "../../speech/align-phones.ts";
import { type Pcm, wavOf } from "../../speech/pcm.ts";
import { polish } from "../../speech/polish.ts";
import { writtenWords } from "../../speech/spread-words.ts";
import { Flite } from "./flite.ts";
import { sayable } from "./say-ascii.ts";

/** The clearest first; each further speaker gets the next one. */
export const FLITE_VOICES = ["slt", "rms", "awb", "kal16"] as const;
const PACE: Readonly<Record<string, number>> = { slt: 1.06, rms: 0.98, awb: 1, kal16: 1.04 };

const SENTENCE_PAUSE_SECONDS = 0.42;
/** Kept around each sentence: a word's first sound may begin before its phone. */
const EDGE_SECONDS = 0.06;
const FADE_SECONDS = 0.012;
/** Longer sentences are said in parts: nobody breathes so late, and Flite's melody goes flat. */
const MOST_CHARACTERS = 320;

export interface FliteModel extends SpeechModel {
  close(): Promise<void>;
}

/** English, offline, with the time of each word by its phones. */
export function fliteModel(tempFolder: string): FliteModel {
  const flite = new Flite(tempFolder);
  const phones = new Map<string, Promise<readonly string[]>>();

  const phonesOfAll = async (said: readonly string[], voice: string): Promise<(readonly string[])[]> => {
    const fresh = [...new Set(said)].filter((word) => word !== "" && !phones.has(`${voice} ${word}`));
    if (fresh.length > 1) {
      // Parted by full stops in one go; where the pauses don't add up each word is said alone below.
      const { phones: all } = await flite.say(fresh.map(bare).join(". "), voice, 1);
      const groups = groupsOf(all.map(({ name }) => name));
      if (groups.length === fresh.length)
        for (const [index, word] of fresh.entries())
          phones.set(`${voice} ${word}`, Promise.resolve(groups[index] ?? []));
    }
    return Promise.all(
      said.map((word) => {
        if (word === "") return [];
        const key = `${voice} ${word}`;
        const known =
          phones.get(key) ??
          flite
            .say(bare(word), voice, 1)
            .then((one) => one.phones.map(({ name }) => name).filter((name) => name !== "pau"));
        phones.set(key, known);
        return known;
      }),
    );
  };

  const saySentence = async (written: readonly string[], said: readonly string[], voice: string) => {
    const spoken = await flite.say(said.join(" "), voice, PACE[voice] ?? 1);
    const sounding = spoken.phones.filter(({ name }) => name !== "pau");
    const spans = alignPhones(await phonesOfAll(said, voice), sounding);
    const words: TimedWord[] = [];
    for (const [index, text] of written.entries()) {
      const span = spans[index];
      // A dash is read as a pause: it stands where the word before it ends.
      const at = words.at(-1)?.end ?? sounding[0]?.start ?? 0;
      words.push({ text, start: span?.start ?? at, end: span?.end ?? at });
    }
    const start = Math.max(0, (sounding[0]?.start ?? 0) - EDGE_SECONDS);
    const end = (sounding.at(-1)?.end ?? 0) + EDGE_SECONDS;
    return { pcm: cutOut(spoken, start, end), words, start };
  };

  return {
    name: "flite",
    model: "2.3",
    keys: null,
    estimateMicros: () => 0,
    close: () => flite.close(),
    call: async ({ text, language, voice, speaker }, { signal }) => {
      if (language.split("-")[0] !== "en")
        throw new ProviderError("unsupported", `it speaks English only, and the narration is "${language}".`);
      const chosen = voice ?? FLITE_VOICES[speaker % FLITE_VOICES.length] ?? FLITE_VOICES[0];
      if (!(FLITE_VOICES as readonly string[]).includes(chosen))
        throw new ProviderError(
          "unsupported",
          `it has no voice "${chosen}"; it has ${FLITE_VOICES.join(", ")}.`,
        );
      const parts: Pcm[] = [];
      const words: TimedWord[] = [];
      let offset = 0;
      for (const written of sayableSentences(text, language)) {
        signal.throwIfAborted();
        const said = written.map((word) => {
          const plain = sayable(word);
          if (plain === null)
            throw new ProviderError("unsupported", `it can't say "${word}", which is not English.`);
          return /[A-Za-z0-9]/.test(plain) ? plain : "";
        });
        if (said.every((word) => word === "")) continue;
        const sentence = await saySentence(written, said, chosen);
        if (parts.length > 0) {
          const pause = SENTENCE_PAUSE_SECONDS - 2 * EDGE_SECONDS;
          parts.push({
            sampleRate: sentence.pcm.sampleRate,
            samples: new Float32Array(Math.round(pause * sentence.pcm.sampleRate)),
          });
          offset += pause;
        }
        for (const word of sentence.words)
          words.push({
            text: word.text,
            start: word.start - sentence.start + offset,
            end: word.end - sentence.start + offset,
          });
        parts.push(sentence.pcm);
        offset += sentence.pcm.samples.length / sentence.pcm.sampleRate;
      }
      if (words.length === 0) throw new ProviderError("unsupported", "there is nothing to say.");
      const answer = {
        bytes: wavOf(polish(joined(parts))),
        format: "wav",
        words,
        timing: "given",
        voice: chosen,
      } as const;
      return { answer, costMicros: 0 };
    },
  };
}

/** Sentences as their words; long ones in parts that end at a comma where there is one. */
function sayableSentences(text: string, language: string): string[][] {
  const parts: string[][] = [];
  for (const sentence of sentencesOf(text, language)) {
    let open: string[] = [];
    let length = 0;
    for (const word of writtenWords(sentence, language)) {
      open.push(word);
      length += word.length + 1;
      if (length > MOST_CHARACTERS || (length > MOST_CHARACTERS * 0.6 && /[,;:—–]$/.test(word))) {
        parts.push(open);
        open = [];
        length = 0;
      }
    }
    if (open.length > 0) parts.push(open);
  }
  return parts;
}

function bare(word: string): string {
  return word.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "") || word;
}

function groupsOf(names: readonly string[]): string[][] {
  const groups: string[][] = [];
  let open: string[] = [];
  for (const name of [...names, "pau"]) {
    if (name !== "pau") open.push(name);
    else if (open.length > 0) {
      groups.push(open);
      open = [];
    }
  }
  return groups;
}

function cutOut({ samples, sampleRate }: Pcm, start: number, end: number): Pcm {
  const cut = samples.slice(Math.round(start * sampleRate), Math.round(end * sampleRate));
  const fade = Math.max(1, FADE_SECONDS * sampleRate);
  for (let i = 0; i < cut.length; i++)
    cut[i] = (cut[i] as number) * Math.min(1, i / fade, (cut.length - 1 - i) / fade);
  return { sampleRate, samples: cut };
}

function joined(parts: readonly Pcm[]): Pcm {
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.samples.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part.samples, at);
    at += part.samples.length;
  }
  return { sampleRate: parts[0]?.sampleRate ?? 16_000, samples };
}
