/** `AssetStore` in a folder: `ab/abcd…` for what is whole, `partial/abcd…` for what is being uploaded. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { publishFile } from "../../support/atomic-file.ts";
import { ReelburstError } from "../../support/errors.ts";
import { isMissing, writeError } from "../../support/file-errors.ts";
import { makeFolder } from "../../support/make-folder.ts";
import type { AssetFacts, AssetStore, PutAnswer, PutOptions } from "../asset-store.ts";

const DIGEST = /^[0-9a-f]{64}$/;

export class FileAssetStore implements AssetStore {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #busy = new Set<string>();

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  async find(sha256: string): Promise<AssetFacts | null> {
    const file = this.fileOf(sha256);
    const sizeBytes = await sizeOf(file);
    return sizeBytes === null ? null : { sizeBytes, file };
  }

  async offset(sha256: string): Promise<number> {
    return (await sizeOf(this.#partOf(sha256))) ?? 0;
  }

  async put(sha256: string, part: Readable, options: PutOptions): Promise<PutAnswer> {
    const known = await this.find(sha256);
    if (known !== null) return { kind: "known", sizeBytes: known.sizeBytes };
    if (this.#busy.has(sha256)) {
      throw new ReelburstError("ASSET_BUSY", "These bytes are being uploaded by another request.", {
        retryable: true,
        hint: "Wait for it, then ask with HEAD whether the asset is there.",
      });
    }
    this.#busy.add(sha256);
    try {
      return await this.#put(sha256, part, options);
    } finally {
      this.#busy.delete(sha256);
    }
  }

  async #put(sha256: string, part: Readable, options: PutOptions): Promise<PutAnswer> {
    const { start, totalBytes, maxBytes, keepPart } = options;
    if (totalBytes !== null && totalBytes > maxBytes) throw tooLarge(maxBytes);
    const partial = this.#partOf(sha256);
    const offset = start === 0 ? 0 : await this.offset(sha256);
    if (start !== offset) {
      throw new ReelburstError(
        "ASSET_OFFSET",
        `The upload stands at byte ${offset}; this part begins at ${start}.`,
        {
          hint: "Ask with HEAD for Upload-Offset and go on from there, or begin again at 0.",
        },
      );
    }
    await makeFolder(path.dirname(partial));
    const hash = start === 0 ? createHash("sha256") : await hashOf(partial);
    let size: number;
    try {
      const file = await open(partial, start === 0 ? "w" : "a").catch((error: unknown) => {
        throw writeError(error, partial);
      });
      try {
        size = await take(part, file, hash, offset, Math.min(maxBytes, totalBytes ?? maxBytes), maxBytes);
      } finally {
        await file.close();
      }
    } catch (error) {
      const kept = keepPart && !(error instanceof ReelburstError);
      if (!kept) await rm(partial, { force: true });
      throw error;
    }
    if (totalBytes !== null && size < totalBytes) {
      if (keepPart) return { kind: "partial", offset: size };
      await rm(partial, { force: true });
      throw new ReelburstError("ASSET_INCOMPLETE", `${size} of ${totalBytes} bytes came.`, {
        retryable: true,
        hint: "Send the whole file again.",
      });
    }
    const found = hash.digest("hex");
    if (found !== sha256) {
      await rm(partial, { force: true });
      throw new ReelburstError(
        "ASSET_DIGEST_MISMATCH",
        `The ${size} bytes have the SHA-256 ${found}, not the one in the address.`,
        { hint: "Compute the digest of the very bytes that are sent." },
      );
    }
    await publishFile(partial, this.fileOf(sha256));
    return { kind: "stored", sizeBytes: size };
  }

  async sweep(olderThanMs: number): Promise<number> {
    const folder = path.join(this.#folder, "partial");
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    let swept = 0;
    for (const name of names) {
      if (this.#busy.has(name)) continue;
      const file = path.join(folder, name);
      const facts = await stat(file).catch(() => null);
      if (facts === null || facts.mtimeMs > this.#now() - olderThanMs) continue;
      await rm(file, { force: true });
      swept += 1;
    }
    return swept;
  }

  async size(sha256: string): Promise<number | null> {
    return sizeOf(this.fileOf(sha256));
  }

  /** Where the whole file is or will be; absolute. */
  fileOf(sha256: string): string {
    return path.join(this.#folder, checked(sha256).slice(0, 2), sha256);
  }

  #partOf(sha256: string): string {
    return path.join(this.#folder, "partial", checked(sha256));
  }
}

/** It becomes a file's name: whoever forgot to check it before is told here. */
function checked(sha256: string): string {
  if (DIGEST.test(sha256)) return sha256;
  throw new ReelburstError("ASSET_INVALID", "An asset's name is 64 lower-case hex digits.");
}

/** @returns the file's size afterwards */
async function take(
  part: Readable,
  file: FileHandle,
  hash: Hash,
  offset: number,
  endBytes: number,
  maxBytes: number,
): Promise<number> {
  let size = offset;
  for await (const chunk of part as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    if (size > endBytes) {
      throw new ReelburstError("ASSET_INCOMPLETE", "More bytes came than Content-Range states.", {
        hint: "State the range of the bytes that are sent.",
      });
    }
    hash.update(chunk);
    try {
      await file.appendFile(chunk);
    } catch (error) {
      throw writeError(error, "the asset");
    }
  }
  return size;
}

async function hashOf(file: string): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  await utimes(file, new Date(), new Date());
  return hash;
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function tooLarge(maxBytes: number): ReelburstError {
  return new ReelburstError("ASSET_TOO_LARGE", `An asset holds at most ${Math.floor(maxBytes / 1e6)} MB.`, {
    hint: "Encode the file smaller, or raise --max-asset-mb where the server is started.",
  });
}
