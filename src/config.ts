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
  readonly s3Credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
}

/** @throws ReelburstError CONFIG_INVALID */
export function readPublishSettings(env: NodeJS.ProcessEnv = process.env): PublishSettings {
  const id = env["YOUTUBE_CLIENT_ID"] || null;
  const accessKeyId = env["S3_ACCESS_KEY_ID"] || null;
  const secretAccessKey = env["S3_SECRET_ACCESS_KEY"] || null;
  if ((accessKeyId === null) !== (secretAccessKey === null)) {
    throw new ReelburstError(
      "CONFIG_INVALID",
      "One of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY is missing.",
      {
        path: accessKeyId === null ? "S3_ACCESS_KEY_ID" : "S3_SECRET_ACCESS_KEY",
        hint: "Set both, or neither.",
      },
    );
  }
  return {
    folder: path.join(defaultDataFolder(env), "publish"),
    youtubeClient: id === null ? null : { id, secret: env["YOUTUBE_CLIENT_SECRET"] || null },
    googleOrigin: googleOriginFrom(env),
    storageUrl: env["STORAGE_URL"] || null,
    s3Credentials:
      accessKeyId === null || secretAccessKey === null
        ? null
        : {
            accessKeyId,
            secretAccessKey,
            ...(env["S3_SESSION_TOKEN"] ? { sessionToken: env["S3_SESSION_TOKEN"] } : {}),
          },
  };
}

/** Of this machine only: logins are sent there, and no setting may lead them elsewhere. */
function googleOriginFrom(env: NodeJS.ProcessEnv): string | null {
  const name = "REELBURST_GOOGLE_ORIGIN";
  const text = env[name];
  if (text === undefined || text === "") return null;
  if (/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(text)) return text;
  throw new ReelburstError("CONFIG_INVALID", `${name} is ${JSON.stringify(text)}.`, {
    path: name,
    hint: "It is for tests: http://127.0.0.1:port.",
  });
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
