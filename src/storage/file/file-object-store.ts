import { createReadStream } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline, type Readable } from "node:stream";
import { abortError, throwIfAborted } from "../../support/abort.ts";
import { temporaryBeside } from "../../support/atomic-file.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { isMissing, readError, writeError } from "../../support/file-errors.ts";
import { makeFolder } from "../../support/make-folder.ts";
import { CheckedStream } from "../checked-stream.ts";
import { contentTypeOf } from "../content-type.ts";
import { checkRules, type LifecycleReport, type LifecycleRule, sweepExpired } from "../lifecycle.ts";
import { checkKey, checkPrefix } from "../object-key.ts";
import { sourceSize } from "../object-source.ts";
import {
  type CallOptions,
  type GetOptions,
  type ListedObject,
  type ListOptions,
  MAX_LIST_LIMIT,
  type ObjectBody,
  type ObjectFacts,
  type ObjectPage,
  type ObjectSource,
  type ObjectStore,
  type PresignGetOptions,
  type PresignPutOptions,
  type PutOptions,
  type SignedRequest,
  type StoreCapabilities,
} from "../object-store.ts";
import { resolveRange } from "../range.ts";
import { expiryOf, signGrant, type UrlKey } from "../signed-url.ts";
import { objectNotFound, storageUnsupported } from "../storage-errors.ts";
import {
  factsPath,
  publish,
  readFacts,
  sweepLeftovers,
  walk,
  writeFacts,
  writeTemporary,
} from "./object-files.ts";

export interface FileObjectStoreOptions {
  /** The store's own folder; made when missing. Several processes may share it. */
  readonly folder: string;
  readonly clock: Clock;
  /** Without it there are no signed URLs. */
  readonly urls?: FileUrlOptions;
}

export interface FileUrlOptions {
  /** Where our HTTP server serves objects; the key follows after a slash: "https://films.example/v1/objects". */
  readonly baseUrl: string;
  /** The first one signs; all are accepted by whoever verifies. */
  readonly keys: readonly [UrlKey, ...UrlKey[]];
}

/** An object store in a folder. See `object-files.ts` for its files. */
export class FileObjectStore implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #urls: FileUrlOptions | undefined;

  constructor({ folder, clock, urls }: FileObjectStoreOptions) {
    this.#folder = path.resolve(folder);
    this.#clock = clock;
    this.#urls = urls;
    this.location = `file://${this.#folder}`;
    this.capabilities = {
      conditionalWrites: true,
      presign: urls === undefined ? null : "server",
      lifecycle: false,
      encryption: null,
    };
  }

  async put(key: string, source: ObjectSource, options: PutOptions = {}): Promise<ObjectFacts> {
    const file = this.#fileOf(key);
    const { signal, ifAbsent = false, contentType = contentTypeOf(key) } = options;
    throwIfAborted(signal);
    await sourceSize(source);
    const checked = new CheckedStream(key, options);
    return this.#writing(key, signal, async () => {
      const temporary = await writeTemporary(file, source, checked, signal);
      await publish(temporary, file, key, ifAbsent);
      return this.#describe(file, key, checked.sha256, contentType);
    });
  }

  async get(key: string, { range, sha256, signal }: GetOptions = {}): Promise<ObjectBody> {
    const file = this.#fileOf(key);
    throwIfAborted(signal);
    const facts = await this.#facts(key);
    if (facts === null) throw objectNotFound(key);
    const resolved = range === undefined ? null : resolveRange(key, range, facts.sizeBytes);
    const sizeBytes = resolved === null ? facts.sizeBytes : resolved.end - resolved.start + 1;
    const checked = new CheckedStream(key, { sizeBytes, sha256: resolved === null ? sha256 : undefined });
    const input = createReadStream(file, { ...resolved, highWaterMark: 1 << 18, ...(signal && { signal }) });
    return { facts, range: resolved, stream: connect(input, checked, key, signal) };
  }

  async head(key: string, { signal }: CallOptions = {}): Promise<ObjectFacts | null> {
    throwIfAborted(signal);
    return this.#facts(key);
  }

  async delete(key: string, { signal }: CallOptions = {}): Promise<void> {
    const file = this.#fileOf(key);
    await this.#writing(key, signal, async () => {
      await rm(file, { force: true });
      await rm(factsPath(file), { force: true });
    });
  }

  async list(options: ListOptions = {}): Promise<ObjectPage> {
    const { prefix = "", cursor, limit = MAX_LIST_LIMIT, signal } = options;
    checkPrefix(prefix);
    throwIfAborted(signal);
    const wanted = Math.min(limit, MAX_LIST_LIMIT);
    const objects: ListedObject[] = [];
    for await (const key of walk(this.#folder, "", prefix, cursor ?? "")) {
      throwIfAborted(signal);
      const facts = await readFacts(path.join(this.#folder, key), key);
      // Deleted in this moment.
      if (facts === null) continue;
      const last = objects.at(-1);
      if (objects.length === wanted && last !== undefined) return { objects, nextCursor: last.key };
      objects.push({ key, sizeBytes: facts.sizeBytes, modifiedAtMs: facts.modifiedAtMs });
    }
    return { objects, nextCursor: null };
  }

  async copy(fromKey: string, toKey: string, { signal }: CallOptions = {}): Promise<ObjectFacts> {
    const [from, to] = [this.#fileOf(fromKey), this.#fileOf(toKey)];
    const facts = await this.#facts(fromKey);
    if (facts === null) throw objectNotFound(fromKey);
    if (facts.sha256 === null || from === to) {
      // Read through: nobody vouches for these bytes yet.
      const { stream } = await this.get(fromKey, { signal });
      return this.put(toKey, stream, { sizeBytes: facts.sizeBytes, contentType: facts.contentType, signal });
    }
    const { sha256, contentType } = facts;
    return this.#writing(toKey, signal, async () => {
      await makeFolder(path.dirname(to));
      const temporary = temporaryBeside(to);
      await copyFile(from, temporary).catch(async (error: unknown) => {
        await rm(temporary, { force: true });
        throw isMissing(error) ? objectNotFound(fromKey, error) : error;
      });
      await publish(temporary, to, toKey, false);
      return this.#describe(to, toKey, sha256, contentType);
    });
  }

  async presignGet(key: string, options: PresignGetOptions): Promise<SignedRequest> {
    return this.#sign("GET", key, options);
  }

  async presignPut(key: string, options: PresignPutOptions): Promise<SignedRequest> {
    return this.#sign("PUT", key, options);
  }

  async applyLifecycle(
    rules: readonly LifecycleRule[],
    { signal }: CallOptions = {},
  ): Promise<LifecycleReport> {
    checkRules(rules);
    const nowMs = this.#clock.now();
    const swept = await sweepExpired(this, rules, nowMs, { signal });
    return { mode: "swept", ...swept, leftoversRemoved: await sweepLeftovers(this.#folder, nowMs) };
  }

  async close(): Promise<void> {}

  #fileOf(key: string): string {
    checkKey(key);
    return path.join(this.#folder, key);
  }

  async #facts(key: string): Promise<ObjectFacts | null> {
    const file = this.#fileOf(key);
    try {
      return await readFacts(file, key);
    } catch (error) {
      throw readError(error, file);
    }
  }

  /** After publishing; another process may have replaced it by now, which makes its facts as good as ours. */
  async #describe(file: string, key: string, sha256: string, contentType: string): Promise<ObjectFacts> {
    await writeFacts(file, sha256, contentType);
    const facts = await readFacts(file, key);
    if (facts === null) throw objectNotFound(key);
    return facts;
  }

  /** Every failure as one of ours. */
  async #writing<Result>(
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    throwIfAborted(signal);
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw abortError(signal);
      throw writeError(error, path.join(this.#folder, key));
    }
  }

  #sign(
    method: "GET" | "PUT",
    key: string,
    { expiresInSeconds, ...bounds }: PresignGetOptions | PresignPutOptions,
  ): SignedRequest {
    checkKey(key);
    if (this.#urls === undefined) throw storageUnsupported(this.location, "signed URLs");
    const expiresAt = expiryOf(this.#clock.now(), expiresInSeconds);
    const query = signGrant({ method, key, expiresAt, ...bounds }, this.#urls.keys[0]);
    const headers: Record<string, string> = {};
    if ("sizeBytes" in bounds) {
      headers["content-length"] = String(bounds.sizeBytes);
      headers["content-type"] = bounds.contentType;
    }
    return { method, url: `${this.#urls.baseUrl}/${key}?${query}`, headers, expiresAtMs: expiresAt * 1000 };
  }
}

/** Errors of either stream reach the reader as one of ours; whoever lets go of the reader closes the file. */
function connect(
  input: Readable,
  checked: CheckedStream,
  key: string,
  signal: AbortSignal | undefined,
): Readable {
  input.on("error", (error) => {
    if (signal?.aborted) checked.destroy(abortError(signal));
    else if (isMissing(error)) checked.destroy(objectNotFound(key, error));
    else checked.destroy(error instanceof ReelburstError ? error : (readError(error, key) as Error));
  });
  pipeline(input, checked, () => {});
  return checked;
}
