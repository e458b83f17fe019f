/** The only reader of process.env. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
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
  /** PostgreSQL, for a service of several processes; null: the embedded database of one. May hold a password. */
  readonly databaseUrl: string | null;
  /** `STORAGE_URL`, or one made of `S3_BUCKET` and its like; null: files in the data folder. */
  readonly storageUrl: string | null;
  /** For S3; null: the SDK's own chain. */
  readonly storageCredentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
  /** Films are fetched from the store itself, by a signed URL, and not through the server. */
  readonly redirectDownloads: boolean;
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
    databaseUrl: env["DATABASE_URL"] || null,
    storageUrl: env["STORAGE_URL"] || storageUrlFrom(env),
    storageCredentials: credentialsFrom(env),
    redirectDownloads: choiceFrom(env, "STORAGE_REDIRECT", ["false", "true"]) === "true",
  };
}

/** What each part means is `parseStorageUrl`'s to know. */
function storageUrlFrom(env: NodeJS.ProcessEnv): string | null {
  const bucket = env["S3_BUCKET"];
  if (!bucket) return null;
  const settings = new URLSearchParams();
  for (const [variable, name] of [
    ["S3_REGION", "region"],
    ["S3_ENDPOINT", "endpoint"],
    ["S3_PUBLIC_ENDPOINT", "publicEndpoint"],
    ["S3_PATH_STYLE", "pathStyle"],
  ] as const) {
    const value = env[variable];
    if (value) settings.set(name, value);
  }
  const query = settings.size === 0 ? "" : `?${settings}`;
  return `s3://${bucket}/${env["S3_PREFIX"] ?? ""}${query}`;
}

function credentialsFrom(env: NodeJS.ProcessEnv): Config["storageCredentials"] {
  const [accessKeyId, secretAccessKey] = [env["S3_ACCESS_KEY_ID"], env["S3_SECRET_ACCESS_KEY"]];
  if (!accessKeyId && !secretAccessKey) return null;
  const sessionToken = env["S3_SESSION_TOKEN"];
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  throw new ReelburstError("CONFIG_INVALID", "Of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY one is missing.", {
    path: accessKeyId ? "S3_SECRET_ACCESS_KEY" : "S3_ACCESS_KEY_ID",
    hint: "Set both, or neither for the credentials that AWS tools use.",
  });
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

/** A server to talk to, and the key for it; null: none is set. */
export function serverSettings(env: NodeJS.ProcessEnv = process.env): {
  readonly url: string | null;
  readonly key: string | null;
} {
  return { url: env["REELBURST_SERVER"] || null, key: env["REELBURST_API_KEY"] || null };
}

/** Where a server keeps what must not be lost, unless `--data` says otherwise. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(
    env["REELBURST_DATA_DIR"] ||
      path.join(env["XDG_DATA_HOME"] || path.join(os.homedir(), ".local", "share"), "reelburst"),
  );
}

/** What a rented machine is told about its lease. Secrets come by variables or files, never on the command line. */
export interface AgentConfig {
  /** Of the bearer key, lower-case hex. */
  readonly keySha256: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Silence after which the machine ends; null: never. */
  readonly idleSeconds: number | null;
  readonly lifetimeSeconds: number | null;
  readonly endCommand: string | null;
  /** Written to when the dead-man is fed, for a timer outside of this process; null: none. */
  readonly fedFile: string | null;
}

/** @throws ReelburstError AGENT_KEY_MISSING, AGENT_KEY_EXPOSED, CONFIG_INVALID */
export function readAgentConfig(env: NodeJS.ProcessEnv = process.env): AgentConfig {
  const hash = env["REELBURST_AGENT_KEY_SHA256"] ?? "";
  const idleSeconds = optionalNumberFrom(env, "REELBURST_AGENT_IDLE_SECONDS");
  const lifetimeSeconds = optionalNumberFrom(env, "REELBURST_AGENT_LIFETIME_SECONDS");
  if (lifetimeSeconds !== null && idleSeconds === null) {
    throw new ReelburstError("CONFIG_INVALID", "REELBURST_AGENT_LIFETIME_SECONDS stands alone.", {
      path: "REELBURST_AGENT_IDLE_SECONDS",
      hint: "Set REELBURST_AGENT_IDLE_SECONDS too.",
    });
  }
  return {
    keySha256: /^[0-9a-f]{64}$/.test(hash)
      ? hash
      : createHash("sha256")
          .update(secretFrom(env, "REELBURST_AGENT_KEY", "the key of the lease", isLongKey))
          .digest("hex"),
    certificatePem: secretFrom(env, "REELBURST_AGENT_CERTIFICATE", "a certificate", isPem),
    privateKeyPem: secretFrom(env, "REELBURST_AGENT_PRIVATE_KEY", "the certificate's private key", isPem),
    idleSeconds,
    lifetimeSeconds,
    endCommand: env["REELBURST_AGENT_END_COMMAND"] || null,
    fedFile: env["REELBURST_AGENT_FED_FILE"] || null,
  };
}

/** Short ones can be tried out. */
const isLongKey = (text: string): boolean => /^[\x21-\x7e]{32,200}$/.test(text);
const isPem = (text: string): boolean => text.startsWith("-----BEGIN ");

/** `NAME`, or the file that `NAME_FILE` names. */
function secretFrom(
  env: NodeJS.ProcessEnv,
  name: string,
  what: string,
  isUsable: (text: string) => boolean,
): string {
  const file = env[`${name}_FILE`];
  const text = (env[name] || (file ? readSecret(file, `${name}_FILE`) : "")).trim();
  if (text !== "" && isUsable(text)) return text;
  throw new ReelburstError(
    "AGENT_KEY_MISSING",
    text === "" ? `There is no ${name}.` : `${name} holds nothing usable.`,
    { path: name, hint: `Give ${what}; "npx reelburst agent --new-lease" with a folder makes all of it.` },
  );
}

function readSecret(file: string, name: string): string {
  try {
    const { mode } = statSync(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new ReelburstError("AGENT_KEY_EXPOSED", `${file} can be read by other users.`, {
        path: name,
        hint: `Run "chmod 600" on it.`,
      });
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof ReelburstError) throw error;
    throw new ReelburstError("CONFIG_INVALID", `${file} can't be read.`, { path: name, cause: error });
  }
}

function optionalNumberFrom(env: NodeJS.ProcessEnv, name: string): number | null {
  return env[name] === undefined || env[name] === "" ? null : numberFrom(env, name, 1);
}

export interface PublishSettings {
  /** Holds logins and the records of uploads. */
  readonly folder: string;
  /** null: YouTube can't be published to. */
  readonly youtubeClient: { readonly id: string; readonly secret: string | null } | null;
  /** Origin of a stand-in for Google's servers, on this machine; null: Google's own. */
  readonly googleOrigin: string | null;
  /** For `publish --to s3`, unless `--store` says otherwise. */
  readonly storageUrl: string | null;
  /** null: the usual places of the AWS tools. */
  readonly s3Credentials: Config["storageCredentials"];
}

/** @throws ReelburstError CONFIG_INVALID */
export function readPublishSettings(env: NodeJS.ProcessEnv = process.env): PublishSettings {
  const id = env["YOUTUBE_CLIENT_ID"] || null;
  return {
    folder: path.join(defaultDataFolder(env), "publish"),
    youtubeClient: id === null ? null : { id, secret: env["YOUTUBE_CLIENT_SECRET"] || null },
    googleOrigin: googleOriginFrom(env),
    storageUrl: env["STORAGE_URL"] || storageUrlFrom(env),
    s3Credentials: credentialsFrom(env),
  };
}

/** Of this machine only: logins are sent there, and no setting may lead them elsewhere. */
const googleOriginFrom = (env: NodeJS.ProcessEnv): string | null =>
  loopbackFrom(env, "REELBURST_GOOGLE_ORIGIN");

function loopbackFrom(env: NodeJS.ProcessEnv, name: string): string | null {
  const text = env[name];
  if (text === undefined || text === "") return null;
  if (/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(text)) return text;
  throw new ReelburstError("CONFIG_INVALID", `${name} is ${JSON.stringify(text)}.`, {
    path: name,
    hint: "It is for tests: http://127.0.0.1:port.",
  });
}

/** What renting machines needs of the environment. Credentials are the AWS tools' own business and are not in it. */
export interface FleetSettings {
  /** Holds leases and the ledger; of its own, so that a server may be at work beside. */
  readonly folder: string;
  readonly region: string | null;
  /** Preferred first; null: the program's own list. */
  readonly types: readonly string[] | null;
  /** A stand-in for EC2, its price list and SSM, on this machine; null: Amazon's. */
  readonly endpoint: string | null;
  /** Who may reach the machines, as "203.0.113.7/32"; null: the address that the internet sees. */
  readonly ingressCidr: string | null;
  readonly securityGroupId: string | null;
  readonly keyName: string | null;
  /** An image's id; null: Amazon Linux 2023. */
  readonly imageId: string | null;
  readonly maxSpotPrice: string | null;
  /** What is installed on the machines: a container image, or an npm package or the URL of one. */
  readonly install:
    | { readonly kind: "container"; readonly image: string }
    | { readonly kind: "npm"; readonly package: string }
    | null;
}

/** @throws ReelburstError CONFIG_INVALID */
export function readFleetSettings(env: NodeJS.ProcessEnv = process.env): FleetSettings {
  const types = (env["REELBURST_EC2_TYPES"] ?? "").split(/[\s,]+/).filter((type) => type !== "");
  const [container, npm] = [env["REELBURST_AGENT_IMAGE"], env["REELBURST_AGENT_PACKAGE"]];
  const ingress = env["REELBURST_EC2_INGRESS"] || null;
  if (ingress !== null && !/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/.test(ingress)) {
    throw new ReelburstError("CONFIG_INVALID", `REELBURST_EC2_INGRESS is ${JSON.stringify(ingress)}.`, {
      path: "REELBURST_EC2_INGRESS",
      hint: "Give the address from which you reach the internet, as 203.0.113.7/32.",
    });
  }
  return {
    folder: path.join(defaultDataFolder(env), "fleet"),
    region: env["REELBURST_EC2_REGION"] || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || null,
    types: types.length === 0 ? null : types,
    endpoint: loopbackFrom(env, "REELBURST_EC2_ENDPOINT"),
    ingressCidr: ingress,
    securityGroupId: env["REELBURST_EC2_SECURITY_GROUP"] || null,
    keyName: env["REELBURST_EC2_KEY_NAME"] || null,
    imageId: env["REELBURST_EC2_IMAGE"] || null,
    maxSpotPrice: env["REELBURST_EC2_MAX_SPOT_PRICE"] || null,
    install: container ? { kind: "container", image: container } : npm ? { kind: "npm", package: npm } : null,
  };
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
