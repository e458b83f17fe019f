/** Inputs of chunks on a rented machine, each under its SHA-256. What is in it is whole and is what its name says. */
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { ReelburstError } from "../support/errors.ts";
import { writeError } from "../support/file-errors.ts";

export interface BlobLimits {
  /** Of one. */
  readonly maxBlobBytes: number;
  /** Of all together, those on their way included. */
  readonly maxTotalBytes: number;
  /** On their way at once. */
  readonly maxUploads: number;
}

interface Blob {
  /** Of its own for every one that came, so that one on its way out is never taken for one that comes in. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Chunks that are drawn from it now. */
  pins: number;
}

export class BlobStore {
  readonly #folder: string;
  readonly limits: BlobLimits;
  /** Least recently used first. */
  readonly #blobs = new Map<string, Blob>();
  #storedBytes = 0;
  #comingBytes = 0;
  #uploads = 0;
  #names = 0;

  /** @param folder exists, is empty and this store's own */
  constructor(folder: string, limits: BlobLimits) {
    this.#folder = folder;
    this.limits = limits;
  }

  get count(): number {
    return this.#blobs.size;
  }

  get sizeBytes(): number {
    return this.#storedBytes;
  }

  has(sha256: string): boolean {
    return this.#blobs.has(sha256);
  }

  /** Of a blob that is pinned. */
  pathOf(sha256: string): string {
    const blob = this.#blobs.get(sha256);
    if (blob === undefined) throw new TypeError(`There is no blob ${sha256}.`);
    return blob.file;
  }

  /** Keeps blobs until the returned function is called, or says which are not there and keeps none. */
  pin(digests: readonly string[]): { readonly missing: readonly string[]; readonly release: () => void } {
    const missing = digests.filter((digest) => !this.#blobs.has(digest));
    if (missing.length > 0) return { missing, release: () => {} };
    const pinned = digests.map((digest) => {
      const blob = this.#blobs.get(digest) as Blob;
      this.#blobs.delete(digest);
      this.#blobs.set(digest, blob);
      blob.pins += 1;
      return blob;
    });
    return {
      missing,
      release: () => {
        for (const blob of pinned.splice(0)) blob.pins -= 1;
      },
    };
  }

  /**
   * Takes a blob in. Whatever goes wrong, nothing of it stays.
   *
   * @param onBytes hears of every piece that came
   * @throws ReelburstError AGENT_TOO_LARGE, AGENT_UPLOADS_FULL, AGENT_BLOB_DAMAGED, DISK_FULL; what the body throws
   */
  async put(
    sha256: string,
    sizeBytes: number,
    body: AsyncIterable<Uint8Array>,
    onBytes: () => void = () => {},
  ): Promise<void> {
    const done = await this.#reserve(sizeBytes);
    const file = path.join(this.#folder, `${this.#names++}.blob`);
    let kept = false;
    try {
      const found = await this.#write(file, sizeBytes, body, onBytes);
      if (found !== sha256) throw damagedBlob(sha256);
      // Another request may have brought the same bytes meanwhile.
      if (this.#blobs.has(sha256)) return;
      this.#blobs.set(sha256, { file, sizeBytes, pins: 0 });
      this.#storedBytes += sizeBytes;
      kept = true;
    } catch (error) {
      throw writeError(error, "the agent's disk");
    } finally {
      done();
      if (!kept) await rm(file, { force: true });
    }
  }

  async #reserve(sizeBytes: number): Promise<() => void> {
    const { maxBlobBytes, maxTotalBytes, maxUploads } = this.limits;
    if (sizeBytes > maxBlobBytes)
      throw new ReelburstError("AGENT_TOO_LARGE", `A blob of ${sizeBytes} bytes is above ${maxBlobBytes}.`);
    if (this.#uploads >= maxUploads)
      throw new ReelburstError("AGENT_UPLOADS_FULL", `${maxUploads} blobs are on their way.`, {
        retryable: true,
      });
    this.#uploads += 1;
    this.#comingBytes += sizeBytes;
    const done = (): void => {
      this.#uploads -= 1;
      this.#comingBytes -= sizeBytes;
    };
    try {
      for (const [digest, blob] of this.#blobs) {
        if (this.#storedBytes + this.#comingBytes <= maxTotalBytes) break;
        if (blob.pins > 0) continue;
        this.#blobs.delete(digest);
        this.#storedBytes -= blob.sizeBytes;
        await rm(blob.file, { force: true });
      }
      if (this.#storedBytes + this.#comingBytes > maxTotalBytes)
        throw new ReelburstError("DISK_FULL", "The agent's room for blobs is taken by chunks at work.", {
          retryable: true,
        });
      return done;
    } catch (error) {
      done();
      throw error;
    }
  }

  async #write(
    file: string,
    sizeBytes: number,
    body: AsyncIterable<Uint8Array>,
    onBytes: () => void,
  ): Promise<string> {
    const hash = createHash("sha256");
    const handle = await open(file, "wx", 0o600);
    let received = 0;
    try {
      for await (const piece of body) {
        received += piece.length;
        if (received > sizeBytes) break;
        hash.update(piece);
        await handle.writeFile(piece);
        onBytes();
      }
    } finally {
      await handle.close();
    }
    if (received !== sizeBytes)
      throw new ReelburstError("AGENT_BLOB_DAMAGED", "More or fewer bytes came than were announced.", {
        retryable: true,
      });
    return hash.digest("hex");
  }
}

function damagedBlob(sha256: string): ReelburstError {
  return new ReelburstError("AGENT_BLOB_DAMAGED", `What came as ${sha256} has another SHA-256.`, {
    retryable: true,
  });
}
