/** The composition root of content's providers: names in a list -> providers in that order. */
import path from "node:path";
import type { ContentConfig, KeyHolder } from "./config.ts";
import type { Attempt } from "./content/fallback/attempt.ts";
import { Budget } from "./content/fallback/budget.ts";
import { PICTURE_ANSWERS, SCRIPT_ANSWERS, SPEECH_ANSWERS } from "./content/fallback/codecs.ts";
import { Fallback, type FallbackTools } from "./content/fallback/fallback.ts";
import { type AnswerCodec, fileAnswers } from "./content/fallback/stored-answers.ts";
import type { Stages } from "./content/make-film.ts";
import type { ImageModel } from "./content/models/image.ts";
import type { Provider, StageName } from "./content/models/provider.ts";
import type { SpeechModel } from "./content/models/speech.ts";
import type { TextModel } from "./content/models/text.ts";
import { cardModel } from "./content/providers/cards/card-model.ts";
import { elevenlabsSpeech } from "./content/providers/elevenlabs/elevenlabs-speech.ts";
import { espeakModel } from "./content/providers/espeak/espeak-model.ts";
import { fliteModel } from "./content/providers/flite/flite-model.ts";
import { folderModel } from "./content/providers/folder/folder-model.ts";
import { geminiPictures } from "./content/providers/google/gemini-pictures.ts";
import { openaiPictures } from "./content/providers/openai/openai-pictures.ts";
import { openaiSpeech } from "./content/providers/openai/openai-speech.ts";
import { outlineModel } from "./content/providers/outline/outline-model.ts";
import { pollinationsPictures } from "./content/providers/pollinations/pollinations-pictures.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";

export type ProviderLists = Readonly<Record<StageName, readonly string[] | null>>;

export interface StageOptions {
  readonly config: ContentConfig;
  /** Of the command; null: of the configuration. */
  readonly lists: ProviderLists;
  /** Absolute: what relative folders are relative to. */
  readonly cwd: string;
  readonly cacheFolder: string;
  readonly tempFolder: string;
  readonly maxCostMicros: number | null;
  readonly onAttempt: (attempt: Attempt) => void;
}

export interface OpenStages extends Stages {
  close(): Promise<void>;
}

/** Longest time of one attempt: a script of twelve segments, a minute of speech, a large picture. */
const ATTEMPT_MS = 180_000;

type Open<Model> = (model: string | null, tools: OpenTools) => Promise<Model> | Model;

interface OpenTools extends Pick<StageOptions, "config" | "cwd" | "tempFolder"> {
  readonly closing: (() => Promise<void>)[];
}

const TEXT: Readonly<Record<string, Open<TextModel>>> = {
  gemini: async (model, { config }) =>
    (await import("./content/providers/google/gemini-text.ts")).geminiText(
      model,
      ...access(config, "gemini"),
    ),
  openai: async (model, { config }) =>
    (await import("./content/providers/openai/openai-text.ts")).openaiText(
      model,
      ...access(config, "openai"),
    ),
  anthropic: async (model, { config }) =>
    (await import("./content/providers/anthropic/anthropic-text.ts")).anthropicText(
      model,
      ...access(config, "anthropic"),
    ),
  outline: () => outlineModel(),
};

const SPEECH: Readonly<Record<string, Open<SpeechModel>>> = {
  elevenlabs: (model, { config }) => elevenlabsSpeech(model, ...access(config, "elevenlabs")),
  openai: (model, { config }) => openaiSpeech(model, ...access(config, "openai")),
  flite: (_model, { tempFolder, closing }) => {
    const model = fliteModel(tempFolder);
    closing.push(() => model.close());
    return model;
  },
  espeak: (_model, { config }) => espeakModel({ command: config.espeak }),
};

const PICTURES: Readonly<Record<string, Open<ImageModel>>> = {
  pollinations: (model, { config }) => pollinationsPictures(model, ...access(config, "pollinations")),
  openai: (model, { config }) => openaiPictures(model, ...access(config, "openai")),
  gemini: (model, { config }) => geminiPictures(model, ...access(config, "gemini")),
  cards: () => cardModel(),
  folder: (folder, { cwd }) => folderModel(path.resolve(cwd, folder ?? ".")),
};

function access(
  { keys, baseUrls }: ContentConfig,
  holder: KeyHolder,
): [keys: readonly string[], baseUrl: string | null] {
  return [keys[holder], baseUrls[holder]];
}

/** What costs nothing and needs no network. */
const OFFLINE: Readonly<Record<StageName, readonly string[]>> = {
  script: ["outline"],
  speech: ["flite", "espeak"],
  pictures: ["cards"],
};

/** Whose keys, when they are there, put a provider into the list that nobody wrote. */
const KEYED: Readonly<Record<StageName, readonly [name: string, keys: KeyHolder][]>> = {
  script: [
    ["gemini", "gemini"],
    ["openai", "openai"],
    ["anthropic", "anthropic"],
  ],
  speech: [
    ["elevenlabs", "elevenlabs"],
    ["openai", "openai"],
  ],
  pictures: [
    ["openai", "openai"],
    ["gemini", "gemini"],
  ],
};

/** @throws ReelburstError PROVIDER_UNKNOWN */
export async function openStages(options: StageOptions): Promise<OpenStages> {
  const attempts: Attempt[] = [];
  const closing: (() => Promise<void>)[] = [];
  const budget = new Budget(options.maxCostMicros);
  const tools: FallbackTools = {
    clock: systemClock,
    random: Math.random,
    budget,
    attemptMs: ATTEMPT_MS,
    onAttempt: (attempt) => {
      attempts.push(attempt);
      options.onAttempt(attempt);
    },
  };
  const open = async <Request, Answer>(
    stage: StageName,
    known: Readonly<Record<string, Open<Provider<Request, Answer>>>>,
    codec: AnswerCodec<Answer>,
  ): Promise<Fallback<Request, Answer>> => {
    const providers = await Promise.all(
      listOf(stage, options).map(async (entry) => {
        const colon = entry.indexOf(":");
        const name = colon < 0 ? entry : entry.slice(0, colon);
        const make = Object.hasOwn(known, name) ? known[name] : undefined;
        if (make === undefined)
          throw new ReelburstError(
            "PROVIDER_UNKNOWN",
            `The ${stage} stage knows no provider ${JSON.stringify(name)}.`,
            {
              hint: `It knows ${Object.keys(known).join(", ")}; a model may follow, as in openai:gpt-4.1-mini.`,
            },
          );
        return make(colon < 0 ? null : entry.slice(colon + 1), { ...options, closing });
      }),
    );
    return new Fallback(stage, providers, fileAnswers(path.join(options.cacheFolder, stage), codec), tools);
  };
  return {
    script: await open("script", TEXT, SCRIPT_ANSWERS),
    speech: await open("speech", SPEECH, SPEECH_ANSWERS),
    pictures: await open("pictures", PICTURES, PICTURE_ANSWERS),
    attempts,
    budget,
    close: async () => {
      await Promise.all(closing.map((close) => close()));
    },
  };
}

/** The user's list, else whatever has a key, else what is offline: never the offline one behind a keyed one unasked. */
function listOf(stage: StageName, { config, lists }: StageOptions): readonly string[] {
  const stated = lists[stage] ?? config.providers[stage];
  if (stated !== null) return stated;
  const keyed = KEYED[stage].filter(([, holder]) => config.keys[holder].length > 0).map(([name]) => name);
  return keyed.length > 0 ? keyed : OFFLINE[stage];
}

/** True when a topic alone can become a film. */
export function knowsTopics({ config, lists }: Pick<StageOptions, "config" | "lists">): boolean {
  return listOf("script", { config, lists } as StageOptions).some((entry) => entry !== "outline");
}
