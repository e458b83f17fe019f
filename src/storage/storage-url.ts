import path from "node:path";
import { fileURLToPath } from "node:url";
import { ReelburstError } from "../support/errors.ts";

/**
 * `STORAGE_URL`, as plain data. Pure.
 *
 * ```text
 * file:///srv/reelburst
 * s3://bucket/prefix?region=eu-central-1
 * s3://bucket?region=us-east-1&endpoint=http://minio:9000&pathStyle=true&encryption=none&lifecycle=false
 * ```
 *
 * No credentials in it: URLs end up in logs.
 */
export type StorageTarget =
  | { readonly kind: "file"; readonly folder: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** "" or without a slash at either end. */
      readonly prefix: string;
      readonly region: string | undefined;
      readonly endpoint: string | undefined;
      /** Under which clients outside reach the same store; for signed URLs. */
      readonly publicEndpoint: string | undefined;
      readonly pathStyle: boolean;
      readonly encryption: "AES256" | "aws:kms" | null;
      readonly kmsKeyId: string | undefined;
      readonly conditionalWrites: boolean;
      readonly lifecycle: boolean;
    };

const S3_SETTINGS = [
  "region",
  "endpoint",
  "publicEndpoint",
  "pathStyle",
  "encryption",
  "kmsKeyId",
  "conditionalWrites",
  "lifecycle",
];

/** @throws {ReelburstError} `CONFIG_INVALID` */
export function parseStorageUrl(text: string): StorageTarget {
  if (!URL.canParse(text)) throw invalid("is no URL", "Write file:///folder or s3://bucket/prefix?region=…");
  const url = new URL(text);
  if (url.protocol === "file:") return { kind: "file", folder: folderOf(url) };
  if (url.protocol !== "s3:") throw invalid(`begins with ${url.protocol}`, "Use file:// or s3://.");
  if (url.username !== "" || url.password !== "") {
    throw invalid("holds credentials", "Put them into S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.");
  }
  for (const name of url.searchParams.keys()) {
    if (!S3_SETTINGS.includes(name))
      throw invalid(`has the unknown setting ${name}`, `Known: ${S3_SETTINGS.join(", ")}.`);
  }
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw invalid("names no bucket", "A bucket has 3 to 63 lower-case letters, digits, dots and hyphens.");
  }
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  if (prefix !== "" && !/^[a-z0-9_-]+(?:\/[a-z0-9_-]+)*$/i.test(prefix)) {
    throw invalid("has a prefix that can't be", "Use letters, digits, _, - and / in it.");
  }
  const setting = (name: string): string | undefined => url.searchParams.get(name) || undefined;
  const endpoint = addressOf("endpoint", setting("endpoint"));
  return {
    kind: "s3",
    bucket,
    prefix,
    region: setting("region"),
    endpoint,
    publicEndpoint: addressOf("publicEndpoint", setting("publicEndpoint")),
    // Stores of one's own seldom have a DNS name for each bucket.
    pathStyle: flagOf("pathStyle", setting("pathStyle"), endpoint !== undefined),
    encryption: encryptionOf(setting("encryption"), setting("kmsKeyId"), endpoint === undefined),
    kmsKeyId: setting("kmsKeyId"),
    conditionalWrites: flagOf("conditionalWrites", setting("conditionalWrites"), true),
    lifecycle: flagOf("lifecycle", setting("lifecycle"), true),
  };
}

function folderOf(url: URL): string {
  if (url.search !== "" || url.hash !== "")
    throw invalid("has settings a folder does not know", "Remove them.");
  try {
    return path.resolve(fileURLToPath(url));
  } catch {
    throw invalid("names a folder of another machine", "Write three slashes: file:///folder.");
  }
}

function addressOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "") {
    return url.href.replace(/\/$/, "");
  }
  throw invalid(`has an ${name} that is no address`, "Write http://host:port or https://host.");
}

function flagOf(name: string, text: string | undefined, fallback: boolean): boolean {
  if (text === undefined) return fallback;
  if (text === "true" || text === "false") return text === "true";
  throw invalid(`has ${name}=${text}`, "Write true or false.");
}

/** Amazon encrypts in any case; said aloud, a bucket's policy can insist on it. Others often refuse the word. */
function encryptionOf(text: string | undefined, kmsKeyId: string | undefined, isAmazon: boolean) {
  if (text === "AES256" || text === "aws:kms") return text;
  if (text === "none") return null;
  if (text !== undefined) throw invalid(`has encryption=${text}`, "Write AES256, aws:kms or none.");
  if (kmsKeyId !== undefined) return "aws:kms";
  return isAmazon ? "AES256" : null;
}

/** The value itself is not repeated: someone may have put a secret into it. */
function invalid(what: string, hint: string): ReelburstError {
  return new ReelburstError("CONFIG_INVALID", `STORAGE_URL ${what}.`, { path: "STORAGE_URL", hint });
}
