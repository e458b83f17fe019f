import { createHash } from "node:crypto";
import { ReelburstError } from "../support/errors.ts";
import { parseCacheKey } from "./chunk-cache.ts";
import type { LifecycleRule } from "./lifecycle.ts";
import { isObjectName } from "./object-key.ts";

/**
 * Which key holds what. Pure.
 *
 * ```text
 * videos/shorts/<production>/film.mp4        finished works, by the preset they were made with
 * videos/standard/<production>/film.zh.srt   … and what belongs to them: captions, posters, scenes
 * videos/long/…
 * assets/3f/<sha256>.png                     uploads, by their content
 * inputs/3f/<sha256>.bin                     what chunks under way are drawn from and nobody uploaded, by its content
 * images/cache/3f/<sha256>.jpg               pictures fetched or made, by their content
 * images/temp/<production>/….png             working files of a production that runs
 * audio/temp/<production>/….wav
 * chunks/3f/chunk-<digest>.json              rendered chunks shared between machines: the record,
 * chunks/3f/chunk-<digest>.<sha256>.bin      and its bytes
 * ```
 */
export type VideoTier = "shorts" | "standard" | "long";

/** @throws {ReelburstError} `OBJECT_KEY_INVALID` for an id or a name that can't be part of a key. */
export function outputKey(tier: VideoTier, productionId: string, name: string): string {
  return `${outputFolder(tier, productionId)}${part(name)}`;
}

/**
 * A file of a production's folder as one name in the store: as it is where a key can be so written, by the digest of its
 * path where not ("film.zh-Hant.srt", "film-scenes/Küche.mp4").
 */
export function outputName(relativePath: string): string {
  const flat = relativePath.replaceAll("/", "--");
  if (isObjectName(flat) && !relativePath.includes("--")) return flat;
  const extension = /\.([a-z0-9]{1,8})$/i.exec(relativePath)?.[1]?.toLowerCase() ?? "bin";
  return `${createHash("sha256").update(relativePath).digest("hex").slice(0, 40)}.${extension}`;
}

/** Ends in "/": to list or delete all of one production. */
export function outputFolder(tier: VideoTier, productionId: string): string {
  return `videos/${tier}/${part(productionId)}/`;
}

/** @param extension without its dot. */
export function assetKey(sha256: string, extension: string): string {
  return `assets/${contentName(sha256, extension)}`;
}

/** Whatever it is: drawing looks at the content. */
export function inputKey(sha256: string): string {
  return `inputs/${contentName(sha256, "bin")}`;
}

export function cachedImageKey(sha256: string, extension: string): string {
  return `images/cache/${contentName(sha256, extension)}`;
}

export function tempKey(kind: "images" | "audio", productionId: string, name: string): string {
  return `${kind}/temp/${part(productionId)}/${part(name)}`;
}

export function chunkRecordKey(cacheKey: string): string {
  return `chunks/${parseCacheKey(cacheKey).digest.slice(0, 2)}/${cacheKey}.json`;
}

/** By content as well: two machines that render one chunk at once can't mix their files and records. */
export function chunkDataKey(cacheKey: string, sha256: string): string {
  return `chunks/${parseCacheKey(cacheKey).digest.slice(0, 2)}/${cacheKey}.${sha256}.bin`;
}

export interface Retention {
  readonly tempDays: number;
  readonly imageCacheDays: number;
  readonly chunkDays: number;
  /** null: kept until somebody deletes them. */
  readonly assetDays: number | null;
  readonly outputDays: number | null;
}

/** A film is somebody's work and an upload may be its only copy: these are kept unless the owner says otherwise. */
export const DEFAULT_RETENTION: Retention = {
  tempDays: 1,
  imageCacheDays: 30,
  chunkDays: 14,
  assetDays: null,
  outputDays: null,
};

export function lifecycleRules(retention: Retention): readonly LifecycleRule[] {
  const rules: readonly { readonly prefix: string; readonly days: number | null }[] = [
    { prefix: "images/temp/", days: retention.tempDays },
    { prefix: "audio/temp/", days: retention.tempDays },
    { prefix: "images/cache/", days: retention.imageCacheDays },
    { prefix: "chunks/", days: retention.chunkDays },
    { prefix: "inputs/", days: retention.chunkDays },
    { prefix: "assets/", days: retention.assetDays },
    { prefix: "videos/", days: retention.outputDays },
  ];
  return rules.flatMap(({ prefix, days }) => (days === null ? [] : [{ prefix, days }]));
}

function contentName(sha256: string, extension: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`${JSON.stringify(sha256)} is no SHA-256.`);
  return `${sha256.slice(0, 2)}/${sha256}.${part(extension)}`;
}

/** Ids and names come from requests: none may lead into another folder. `checkKey` decides about the rest. */
function part(text: string): string {
  if (text !== "" && !text.includes("/")) return text;
  throw new ReelburstError("OBJECT_KEY_INVALID", `${JSON.stringify(text)} can't be part of a key.`, {
    hint: "Use a name without a slash.",
  });
}
