/**
 * `AssetStore` for several servers: an object store, with this machine's own files in front. An upload is acknowledged
 * when the store has it; a file that another server took is fetched when it is first needed. Unfinished uploads stay
 * where they began: their parts must come to the same server.
 */
import { createWriteStream } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { publishFile } from "../../support/atomic-file.ts";
import { ReelburstError } from "../../support/errors.ts";
import { writeError } from "../../support/file-errors.ts";
import { createTempDir } from "../../support/temp-dir.ts";
import type { AssetFacts, AssetStore, PutAnswer, PutOptions } from "../asset-store.ts";
import { assetKey } from "../layout.ts";
import type { ObjectStore } from "../object-store.ts";

export interface SharedAssetStoreOptions {
  /** This machine's files. */
  readonly local: AssetStore & { fileOf(sha256: string): string };
  readonly store: ObjectStore;
  /** For downloads; on the disk of the local files. */
  readonly tempRoot: string;
}

export class SharedAssetStore implements AssetStore {
  readonly #options: SharedAssetStoreOptions;
  /** Known to be in the store. */
  readonly #stored = new Set<string>();
  readonly #fetching = new Map<string, Promise<AssetFacts | null>>();

  constructor(options: SharedAssetStoreOptions) {
    this.#options = options;
  }

  async size(sha256: string): Promise<number | null> {
    const here = await this.#options.local.find(sha256);
    if (here !== null) return here.sizeBytes;
    return (await this.#options.store.head(keyOf(sha256)))?.sizeBytes ?? null;
  }

  async find(sha256: string): Promise<AssetFacts | null> {
    const here = await this.#options.local.find(sha256);
    if (here !== null) return here;
    const fetching =
      this.#fetching.get(sha256) ?? this.#fetch(sha256).finally(() => this.#fetching.delete(sha256));
    this.#fetching.set(sha256, fetching);
    return fetching;
  }

  offset(sha256: string): Promise<number> {
    return this.#options.local.offset(sha256);
  }

  async put(sha256: string, part: Readable, options: PutOptions): Promise<PutAnswer> {
    const { local, store } = this.#options;
    if ((await local.find(sha256)) === null) {
      const there = await store.head(keyOf(sha256));
      if (there !== null) return { kind: "known", sizeBytes: there.sizeBytes };
    }
    const answer = await local.put(sha256, part, options);
    if (answer.kind === "partial" || this.#stored.has(sha256)) return answer;
    // Also for what was known here: an upload that failed on its way to the store is sent again by its client.
    if (answer.kind === "stored" || (await store.head(keyOf(sha256))) === null) {
      await store.put(keyOf(sha256), { file: local.fileOf(sha256) }, { sha256 });
    }
    this.#stored.add(sha256);
    return answer;
  }

  sweep(olderThanMs: number): Promise<number> {
    return this.#options.local.sweep(olderThanMs);
  }

  async #fetch(sha256: string): Promise<AssetFacts | null> {
    const { local, store, tempRoot } = this.#options;
    if ((await store.head(keyOf(sha256))) === null) return null;
    const folder = await createTempDir(tempRoot);
    try {
      const file = path.join(folder.path, sha256);
      const { stream } = await store.get(keyOf(sha256), { sha256 });
      await pipeline(stream, createWriteStream(file, { flags: "wx" })).catch((error: unknown) => {
        throw error instanceof ReelburstError ? error : writeError(error, file);
      });
      await publishFile(file, local.fileOf(sha256));
    } finally {
      await folder.remove();
    }
    this.#stored.add(sha256);
    return local.find(sha256);
  }
}

/** Whatever it is: a file's content decides, and clients name it by digest alone. */
function keyOf(sha256: string): string {
  return assetKey(sha256, "bin");
}
