/** The only reader of process.env. */
import os from "node:os";
import path from "node:path";
import { ReelburstError } from "./support/errors.ts";

export interface Config {
  /** Rendered chunks and decoded sounds; safe to delete at any time. */
  readonly cacheDirectory: string;
  readonly cacheMaxBytes: number;
  /** Working files of a run; on the same disk as the cache where possible. */
  readonly tempDirectory: string;
  /** Slots wished for; null: as many as the machine allows. */
  readonly slots: number | null;
  /** Which kind of encoder is tried first. */
  readonly encoders: "software" | "hardware";
  readonly color: boolean;
  /** Hosts off the public internet that URLs may lead to: `host:port`, or networks such as `10.1.0.0/16`. */
  readonly fetchAllow: readonly string[];
}

const DEFAULT_CACHE_GB = 20;

/** Node's compiled form of the program's own files. */
export function compileCacheFolder({ cacheDirectory }: Pick<Config, "cacheDirectory">): string {
  return path.join(cacheDirectory, "compile");
}

/** @throws ReelburstError CONFIG_INVALID */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const base =
    env["REELBURST_CACHE_DIR"] ||
    path.join(env["XDG_CACHE_HOME"] || path.join(os.homedir(), ".cache"), "reelburst");
  return {
    cacheDirectory: path.resolve(base),
    cacheMaxBytes: numberFrom(env, "REELBURST_CACHE_GB", DEFAULT_CACHE_GB) * 1e9,
    tempDirectory: os.tmpdir(),
    slots: env["REELBURST_SLOTS"] === undefined ? null : numberFrom(env, "REELBURST_SLOTS", 1),
    encoders: choiceFrom(env, "REELBURST_ENCODERS", ["software", "hardware"]),
    color: env["NO_COLOR"] === undefined || env["NO_COLOR"] === "",
    fetchAllow: fetchAllowFrom(env),
  };
}

/** Only its form: what it means is `createAddressRules`' to know, which is not loaded for each command. */
function fetchAllowFrom(env: NodeJS.ProcessEnv): readonly string[] {
  const name = "REELBURST_FETCH_ALLOW";
  const entries = (env[name] ?? "").split(/[\s,]+/).filter((entry) => entry !== "");
  const wrong = entries.find(
    (entry) => !/^(?:\[[0-9a-f:.]+\]:\d+|[^\s/:@]+:\d+|[0-9a-f:.]+\/\d+)$/i.test(entry),
  );
  if (wrong === undefined) return entries;
  throw new ReelburstError("CONFIG_INVALID", `${name} holds ${JSON.stringify(wrong)}.`, {
    path: name,
    hint: "Give hosts with their ports, such as media.lan:8080, and networks, such as 10.1.0.0/16, with commas between.",
  });
}

/** Where a server keeps what must not be lost, unless `--data` says otherwise. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(
    env["REELBURST_DATA_DIR"] ||
      path.join(env["XDG_DATA_HOME"] || path.join(os.homedir(), ".local", "share"), "reelburst"),
  );
}

function numberFrom(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new ReelburstError("CONFIG_INVALID", `${name} is ${JSON.stringify(text)}.`, {
    path: name,
    hint: "Give a number above 0.",
  });
}

/** The first of `choices` when nothing is said. */
function choiceFrom<Choice extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = env[name];
  if (text === undefined || text === "") return choices[0];
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new ReelburstError("CONFIG_INVALID", `${name} is ${JSON.stringify(text)}.`, {
    path: name,
    hint: `Give ${choices.join(" or ")}.`,
  });
}

/** What `make` needs of the environment. Keys never leave it but in requests to their provider. */
export interface ContentConfig {
  /** In order; null: what is configured, else the offline list. */
  readonly providers: Readonly<Record<"script" | "speech" | "pictures", readonly string[] | null>>;
  readonly keys: Readonly<Record<KeyHolder, readonly string[]>>;
  /** Instead of a provider's own address. */
  readonly baseUrls: Readonly<Record<KeyHolder, string | null>>;
  /** Name or path of the binary. */
  readonly espeak: string;
  readonly reddit: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly baseUrl: string | null;
  } | null;
}

export type KeyHolder = "openai" | "gemini" | "anthropic" | "elevenlabs" | "pollinations";

/** @throws ReelburstError CONFIG_INVALID */
export function readContentConfig(env: NodeJS.ProcessEnv = process.env): ContentConfig {
  const list = (name: string): readonly string[] =>
    (env[name] ?? "").split(/[\s,]+/).filter((entry) => entry !== "");
  const order = (name: string): readonly string[] | null => (list(name).length === 0 ? null : list(name));
  const address = (name: string): string | null => {
    const text = env[name] ?? "";
    if (text === "") return null;
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, "");
    throw new ReelburstError("CONFIG_INVALID", `${name} is no address.`, {
      path: name,
      hint: "Give one such as https://api.example.com/v1.",
    });
  };
  const [clientId, clientSecret] = [env["REDDIT_CLIENT_ID"] ?? "", env["REDDIT_CLIENT_SECRET"] ?? ""];
  return {
    providers: {
      script: order("REELBURST_TEXT_PROVIDERS"),
      speech: order("REELBURST_SPEECH_PROVIDERS"),
      pictures: order("REELBURST_PICTURE_PROVIDERS"),
    },
    keys: {
      openai: list("OPENAI_API_KEY"),
      gemini: list("GEMINI_API_KEY"),
      anthropic: list("ANTHROPIC_API_KEY"),
      elevenlabs: list("ELEVENLABS_API_KEY"),
      pollinations: list("POLLINATIONS_API_KEY"),
    },
    baseUrls: {
      openai: address("OPENAI_BASE_URL"),
      gemini: address("GEMINI_BASE_URL"),
      anthropic: address("ANTHROPIC_BASE_URL"),
      elevenlabs: address("ELEVENLABS_BASE_URL"),
      pollinations: address("POLLINATIONS_BASE_URL"),
    },
    espeak: env["REELBURST_ESPEAK"] || "espeak-ng",
    reddit:
      clientId === "" || clientSecret === ""
        ? null
        : { clientId, clientSecret, baseUrl: address("REDDIT_BASE_URL") },
  };
}
