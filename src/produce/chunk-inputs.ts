/**
 * Pictures, fonts and videos on their way to whoever draws with them, named by the SHA-256 of their content. The
 * coordinator publishes what a chunk needs, once, to the store that all machines share; an executor keeps what it has
 * fetched in its own cache. In the coordinator's own process its files are read where they are.
 */
import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { assetKey, inputKey } from "../storage/layout.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { writeError } from "../support/file-errors.ts";
import { createTempDir } from "../support/temp-dir.ts";
import type { InputMarks } from "./input-marks.ts";

export interface ChunkInputsOptions {
  /** null: one process does everything and reads files where they are. */
  readonly store: ObjectStore | null;
  /** This machine's own. */
  readonly cache: ChunkCache;
  /** For downloads; on the cache's disk. */
  readonly tempRoot: string;
  readonly clock: Clock;
}

export interface ObtainedInputs {
  readonly files: Readonly<Record<string, string>>;
  /** @throws ReelburstError INPUT_CHANGED when a file is no longer what its digest says */
  requireUnchanged(): Promise<void>;
  release(): Promise<void>;
}

interface Offer {
  readonly files: Readonly<Record<string, string>>;
  readonly marks: Pick<InputMarks, "requireUnchanged">;
}

/** Objects go by age (`lifecycleRules`): an older one is put again, so that it outlives its production. */
const FRESH_MS = 3 * 24 * 3600 * 1000;
const TRIES = 3;

export class ChunkInputs {
  readonly #options: ChunkInputsOptions;
  readonly #offers = new Set<Offer>();
  readonly #published = new Map<string, number>();
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(options: ChunkInputsOptions) {
    this.#options = options;
  }

  /** Files of this process that executors in it may read. @returns a function that takes the offer back */
  offer(files: Offer["files"], marks: Offer["marks"]): () => void {
    const offer = { files, marks };
    this.#offers.add(offer);
    return () => void this.#offers.delete(offer);
  }

  /** @throws ReelburstError INPUT_CHANGED; what the store says */
  async publish(digest: string, file: string, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options;
    if (store === null) return;
    const isFresh = (atMs: number | undefined): boolean =>
      atMs !== undefined && clock.now() - atMs < FRESH_MS;
    if (isFresh(this.#published.get(digest))) return;
    const known =
      (await store.head(assetKey(digest, "bin"), { signal })) ??
      (await store.head(inputKey(digest), { signal }));
    const isKept = known !== null && (!known.key.startsWith("inputs/") || isFresh(known.modifiedAtMs));
    if (!isKept) {
      await store.put(inputKey(digest), { file }, { sha256: digest, signal }).catch((error: unknown) => {
        if (!(error instanceof ReelburstError) || error.code !== "OBJECT_DIGEST_MISMATCH") throw error;
        throw new ReelburstError("INPUT_CHANGED", `${file} was changed while the film was made.`, {
          path: file,
          hint: "Run again when nothing writes to it any more.",
          cause: error,
        });
      });
    }
    this.#published.set(digest, known !== null && isKept ? known.modifiedAtMs : clock.now());
  }

  /** @throws ReelburstError INPUT_MISSING, retryable; DISK_FULL; ABORTED */
  async obtain(digests: readonly string[], signal: AbortSignal): Promise<ObtainedInputs> {
    const { cache } = this.#options;
    const offered = digests.map((digest) => [...this.#offers].findLast(({ files }) => digest in files));
    const wanted = digests.filter((_, place) => offered[place] === undefined);
    const pin = wanted.length === 0 ? null : await cache.pin(wanted.map(cacheKey));
    try {
      const files: Record<string, string> = {};
      for (const [place, digest] of digests.entries())
        files[digest] = offered[place]?.files[digest] ?? (await this.#fetchOnce(digest, signal));
      return {
        files,
        requireUnchanged: async () => {
          for (const [place, digest] of digests.entries())
            await offered[place]?.marks.requireUnchanged(files[digest] ?? "");
        },
        release: async () => pin?.release(),
      };
    } catch (error) {
      await pin?.release();
      throw error;
    }
  }

  /** One download for all slots that wait for it; one that is stopped does not take it from the others. */
  async #fetchOnce(digest: string, signal: AbortSignal): Promise<string> {
    const known = await this.#options.cache.get(cacheKey(digest));
    if (known !== null) return known.path;
    const fetching =
      this.#fetching.get(digest) ?? this.#fetch(digest).finally(() => this.#fetching.delete(digest));
    this.#fetching.set(digest, fetching);
    const file = await fetching;
    signal.throwIfAborted();
    return file;
  }

  async #fetch(digest: string): Promise<string> {
    const { cache, store, tempRoot } = this.#options;
    const folder = await createTempDir(tempRoot);
    try {
      for (let attempt = 1; ; attempt++) {
        const file = path.join(folder.path, `${digest.slice(0, 32)}-${attempt}`);
        try {
          if (store === null) throw new ReelburstError("OBJECT_NOT_FOUND", "There is no store.");
          await download(store, digest, file);
          return (await cache.put(cacheKey(digest), file, {})).path;
        } catch (error) {
          const { code, retryable } = ReelburstError.from(error);
          // A flipped or cut-off answer is refused and asked for again.
          const again = retryable || code === "OBJECT_DIGEST_MISMATCH" || code === "OBJECT_SIZE_MISMATCH";
          if (again && attempt < TRIES) continue;
          if (code === "DISK_FULL" || code === "NO_WRITE_PERMISSION") throw error;
          throw new ReelburstError("INPUT_MISSING", `No file for input ${digest}.`, {
            retryable: true,
            cause: error,
          });
        }
      }
    } finally {
      await folder.remove();
    }
  }
}

/** The same name that files behind URLs have: what this machine fetched itself is not fetched again. */
function cacheKey(digest: string): string {
  return `asset-${digest}`;
}

async function download(store: ObjectStore, digest: string, file: string): Promise<void> {
  const isUpload = (await store.head(assetKey(digest, "bin"))) !== null;
  const key = isUpload ? assetKey(digest, "bin") : inputKey(digest);
  const { stream } = await store.get(key, { sha256: digest });
  try {
    await pipeline(stream, createWriteStream(file, { flags: "wx" }));
  } catch (error) {
    throw error instanceof ReelburstError ? error : writeError(error, file);
  }
}
