import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import type { HeadObjectCommandOutput, S3Client, LifecycleRule as S3Rule } from "@aws-sdk/client-s3";
import { abortError, throwIfAborted, whenAborted } from "../../support/abort.ts";
import { contentDisposition } from "../../support/content-disposition.ts";
import { sha256File } from "../../support/hash.ts";
import { CheckedStream } from "../checked-stream.ts";
import { contentTypeOf } from "../content-type.ts";
import { checkRules, type LifecycleReport, type LifecycleRule, sweepExpired } from "../lifecycle.ts";
import { checkKey, checkPrefix } from "../object-key.ts";
import { openSource, sourceSize } from "../object-source.ts";
import {
  type CallOptions,
  type GetOptions,
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
import { expiryOf } from "../signed-url.ts";
import { objectNotFound, objectTooLarge, storageUnavailable, storageUnsupported } from "../storage-errors.ts";
import { createClients, loadSdk, type S3Clients, type S3Sdk } from "./s3-client.ts";
import { s3Error } from "./s3-error.ts";
import { mergeRules } from "./s3-lifecycle.ts";
import { partBytesFor, type ResolvedS3Options, resolveS3Options, type S3StoreOptions } from "./s3-options.ts";

/** Loads the SDK and opens a store; nothing is asked of the network yet. */
export async function openS3Store(options: S3StoreOptions): Promise<ObjectStore> {
  return new S3ObjectStore(await loadSdk(), resolveS3Options(options));
}

/** CopyObject takes no more; a larger object would have to be copied in parts. */
const MAX_COPY_BYTES = 5 * 2 ** 30;
/** What anybody wrote in other letters is not a digest of ours. */
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * An object store in a bucket of Amazon S3 or of a store that speaks its language. One piece: every method is one
 * request with its errors translated, and they share the same few words (bucket, key, encryption).
 */
class S3ObjectStore implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #sdk: S3Sdk;
  readonly #options: ResolvedS3Options;
  readonly #clients: S3Clients;
  /** What stands before every key: "" or "prefix/". */
  readonly #folder: string;

  constructor(sdk: S3Sdk, options: ResolvedS3Options) {
    this.#sdk = sdk;
    this.#options = options;
    this.#clients = createClients(sdk, options);
    this.#folder = options.prefix === "" ? "" : `${options.prefix}/`;
    this.location = options.location;
    this.capabilities = {
      conditionalWrites: options.conditionalWrites,
      presign: "store",
      lifecycle: options.lifecycle,
      encryption: options.encryption,
    };
  }

  async put(key: string, source: ObjectSource, options: PutOptions = {}): Promise<ObjectFacts> {
    const { signal, ifAbsent = false, contentType = contentTypeOf(key) } = options;
    checkKey(key);
    throwIfAborted(signal);
    if (ifAbsent && !this.capabilities.conditionalWrites) {
      throw storageUnsupported(this.location, "conditional writes");
    }
    const known = await measure(source, options);
    if (
      known.sizeBytes !== undefined &&
      options.maxBytes !== undefined &&
      known.sizeBytes > options.maxBytes
    ) {
      throw objectTooLarge(key, options.maxBytes);
    }
    const checked = new CheckedStream(key, { ...options, ...known });
    const input = openSource(source);
    pipeline(input, checked, () => {});
    const upload = new this.#sdk.upload.Upload({
      client: uploadClient(this.#sdk, this.#clients.requests, signal),
      partSize: partBytesFor(this.#options.partBytes, known.sizeBytes),
      // A failed upload leaves nothing that is billed; what a killed process leaves, a lifecycle rule removes.
      leavePartsOnError: false,
      params: {
        ...this.#at(key),
        ...this.#encryption(),
        Body: checked,
        ContentType: contentType,
        // Written before the bytes are: only a digest that is known, and checked before the upload is completed.
        ...(known.sha256 !== undefined && { Metadata: { sha256: known.sha256 } }),
        ...(ifAbsent && { IfNoneMatch: "*" }),
      },
    });
    // Not `upload.abort()`: that answers at once and leaves the parts to be removed by a process that may be ending.
    const stopListening = whenAborted(signal, () => checked.destroy(signal && abortError(signal)));
    try {
      const { ETag = "" } = await upload.done();
      const { sizeBytes, sha256 } = checked;
      const modifiedAtMs = this.#options.clock.now();
      return { key, sizeBytes, sha256, contentType, etag: ETag, modifiedAtMs };
    } catch (error) {
      throw s3Error(checked.errored ?? error, { location: this.location, key, signal });
    } finally {
      stopListening();
      checked.destroy();
      input.destroy();
    }
  }

  async get(key: string, { range, sha256, signal }: GetOptions = {}): Promise<ObjectBody> {
    checkKey(key);
    // A range beyond the end is answered without the size it needs, and the HTTP form has no "from 0 to nothing".
    if (range !== undefined) resolveRange(key, range, Number.MAX_SAFE_INTEGER);
    const Range = range === undefined ? undefined : `bytes=${range.start}-${range.end ?? ""}`;
    const command = new this.#sdk.s3.GetObjectCommand({
      ...this.#at(key),
      ...(Range !== undefined && { Range }),
    });
    const response = await this.#ask(key, signal, (abort) => this.#clients.requests.send(command, abort));
    const body = response.Body;
    if (!(body instanceof Readable)) throw storageUnavailable(this.location, response);
    const partBytes = response.ContentLength ?? 0;
    const totalBytes = totalOf(response.ContentRange) ?? partBytes;
    const facts = this.#toFacts(key, response, totalBytes);
    const given =
      response.ContentRange === undefined ? null : resolveRange(key, range ?? { start: 0 }, totalBytes);
    const checked = new CheckedStream(key, {
      sizeBytes: partBytes,
      sha256: range === undefined ? sha256 : undefined,
    });
    const toOurs = (error: unknown) => s3Error(error, { location: this.location, key, signal });
    body.on("error", (error) => checked.destroy(toOurs(error)));
    const stopListening = whenAborted(signal, () => checked.destroy(toOurs(signal?.reason)));
    // Our own errors are not the SDK's to see: its stream is only closed.
    checked.once("close", () => {
      stopListening();
      body.destroy();
    });
    body.once("close", () => {
      if (!body.readableEnded)
        checked.destroy(storageUnavailable(this.location, new Error("The answer was cut off.")));
    });
    body.pipe(checked);
    return { facts, range: given, stream: checked };
  }

  async head(key: string, { signal }: CallOptions = {}): Promise<ObjectFacts | null> {
    checkKey(key);
    const command = new this.#sdk.s3.HeadObjectCommand(this.#at(key));
    try {
      const response = await this.#ask(key, signal, (abort) => this.#clients.requests.send(command, abort));
      return this.#toFacts(key, response, response.ContentLength ?? 0);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async delete(key: string, { signal }: CallOptions = {}): Promise<void> {
    checkKey(key);
    const command = new this.#sdk.s3.DeleteObjectCommand(this.#at(key));
    await this.#ask(key, signal, (abort) => this.#clients.requests.send(command, abort)).catch(
      (error: unknown) => {
        // Amazon says nothing about an object that is not there; others say 404.
        if (!isNotFound(error)) throw error;
      },
    );
  }

  async list(options: ListOptions = {}): Promise<ObjectPage> {
    const { prefix = "", cursor, limit = MAX_LIST_LIMIT, signal } = options;
    checkPrefix(prefix);
    const command = new this.#sdk.s3.ListObjectsV2Command({
      Bucket: this.#options.bucket,
      Prefix: `${this.#folder}${prefix}`,
      MaxKeys: Math.min(limit, MAX_LIST_LIMIT),
      // The last key, not the store's token: it is valid for ever, and the same in every store.
      ...(cursor ? { StartAfter: `${this.#folder}${cursor}` } : {}),
    });
    const response = await this.#ask(null, signal, (abort) => this.#clients.requests.send(command, abort));
    const objects = (response.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => {
      return {
        key: Key.slice(this.#folder.length),
        sizeBytes: Size,
        modifiedAtMs: LastModified?.getTime() ?? 0,
      };
    });
    return { objects, nextCursor: response.IsTruncated ? (objects.at(-1)?.key ?? null) : null };
  }

  async copy(fromKey: string, toKey: string, { signal }: CallOptions = {}): Promise<ObjectFacts> {
    const facts = await this.head(fromKey, { signal });
    checkKey(toKey);
    if (facts === null) throw objectNotFound(fromKey);
    if (facts.sizeBytes > MAX_COPY_BYTES) throw objectTooLarge(fromKey, MAX_COPY_BYTES);
    const command = new this.#sdk.s3.CopyObjectCommand({
      ...this.#at(toKey),
      // Not inherited from the source.
      ...this.#encryption(),
      // Keys need no escaping; that is what their grammar is for.
      CopySource: `${this.#options.bucket}/${this.#folder}${fromKey}`,
      // Onto itself a copy must change something; the same words again will do.
      MetadataDirective: "REPLACE",
      ContentType: facts.contentType,
      ...(facts.sha256 !== null && { Metadata: { sha256: facts.sha256 } }),
    });
    const response = await this.#ask(fromKey, signal, (abort) => this.#clients.requests.send(command, abort));
    const { ETag = facts.etag, LastModified } = response.CopyObjectResult ?? {};
    return {
      ...facts,
      key: toKey,
      etag: ETag,
      modifiedAtMs: LastModified?.getTime() ?? this.#options.clock.now(),
    };
  }

  async presignGet(
    key: string,
    { expiresInSeconds, downloadName }: PresignGetOptions,
  ): Promise<SignedRequest> {
    checkKey(key);
    const disposition =
      downloadName === undefined ? undefined : contentDisposition("attachment", downloadName);
    const command = new this.#sdk.s3.GetObjectCommand({
      ...this.#at(key),
      ...(disposition !== undefined && { ResponseContentDisposition: disposition }),
    });
    const expiresAtMs = expiryOf(this.#options.clock.now(), expiresInSeconds) * 1000;
    const url = await this.#ask(key, undefined, () =>
      this.#sdk.presigner.getSignedUrl(this.#clients.signing, command, this.#signing(expiresInSeconds)),
    );
    return { method: "GET", url, headers: {}, expiresAtMs };
  }

  async presignPut(key: string, options: PresignPutOptions): Promise<SignedRequest> {
    checkKey(key);
    const { expiresInSeconds, sizeBytes, contentType, sha256 } = options;
    const command = new this.#sdk.s3.PutObjectCommand({
      ...this.#at(key),
      ...this.#encryption(),
      ContentLength: sizeBytes,
      ContentType: contentType,
      ...(sha256 !== undefined && { ChecksumSHA256: base64Of(sha256), Metadata: { sha256 } }),
    });
    const expiresAtMs = expiryOf(this.#options.clock.now(), expiresInSeconds) * 1000;
    const headers: Record<string, string> = {
      "content-length": String(sizeBytes),
      "content-type": contentType,
    };
    if (sha256 !== undefined) {
      headers["x-amz-checksum-sha256"] = base64Of(sha256);
      headers["x-amz-meta-sha256"] = sha256;
    }
    const { encryption, kmsKeyId } = this.#options;
    if (encryption !== null) headers["x-amz-server-side-encryption"] = encryption;
    if (kmsKeyId !== undefined) headers["x-amz-server-side-encryption-aws-kms-key-id"] = kmsKeyId;
    const url = await this.#ask(key, undefined, () =>
      this.#sdk.presigner.getSignedUrl(this.#clients.signing, command, {
        ...this.#signing(expiresInSeconds),
        // As headers, under the signature: what is moved into the URL binds no one.
        unhoistableHeaders: new Set(Object.keys(headers)),
        signableHeaders: new Set(["host", ...Object.keys(headers)]),
      }),
    );
    return { method: "PUT", url, headers, expiresAtMs };
  }

  async applyLifecycle(
    rules: readonly LifecycleRule[],
    { signal }: CallOptions = {},
  ): Promise<LifecycleReport> {
    checkRules(rules);
    if (!this.capabilities.lifecycle) {
      const swept = await sweepExpired(this, rules, this.#options.clock.now(), { signal });
      return { mode: "swept", ...swept, leftoversRemoved: 0 };
    }
    const { s3 } = this.#sdk;
    const Bucket = this.#options.bucket;
    const existing = await this.#existingRules(signal);
    const Rules = [...mergeRules(existing, rules, this.#folder)];
    const command = new s3.PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: { Rules },
    });
    await this.#ask(null, signal, (abort) => this.#clients.requests.send(command, abort));
    return { mode: "installed", objectsRemoved: 0, bytesRemoved: 0, leftoversRemoved: 0 };
  }

  async close(): Promise<void> {
    this.#clients.requests.destroy();
    this.#clients.signing.destroy();
  }

  async #existingRules(signal: AbortSignal | undefined): Promise<readonly S3Rule[]> {
    const command = new this.#sdk.s3.GetBucketLifecycleConfigurationCommand({ Bucket: this.#options.bucket });
    const response = await this.#ask(null, signal, async (abort) => {
      try {
        return await this.#clients.requests.send(command, abort);
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchLifecycleConfiguration") return { Rules: [] };
        throw error;
      }
    });
    return response.Rules ?? [];
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#options.bucket, Key: `${this.#folder}${key}` };
  }

  #encryption() {
    const { encryption, kmsKeyId } = this.#options;
    return {
      ...(encryption !== null && { ServerSideEncryption: encryption }),
      ...(encryption === "aws:kms" && kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
    };
  }

  #signing(expiresIn: number) {
    return { expiresIn: Math.ceil(expiresIn), signingDate: new Date(this.#options.clock.now()) };
  }

  async #ask<Result>(
    key: string | null,
    signal: AbortSignal | undefined,
    send: (options: { abortSignal?: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    throwIfAborted(signal);
    try {
      return await send(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      throw s3Error(error, { location: this.location, key, signal });
    }
  }

  #toFacts(
    key: string,
    response: Pick<HeadObjectCommandOutput, "Metadata" | "ContentType" | "ETag" | "LastModified">,
    sizeBytes: number,
  ): ObjectFacts {
    const sha256 = response.Metadata?.["sha256"];
    return {
      key,
      sizeBytes,
      sha256: sha256 !== undefined && SHA256.test(sha256) ? sha256 : null,
      contentType: response.ContentType ?? contentTypeOf(key),
      etag: response.ETag ?? "",
      modifiedAtMs: response.LastModified?.getTime() ?? 0,
    };
  }
}

/**
 * The client as an upload uses it: an abort reaches the requests under way. Beginning and ending an upload are never
 * aborted themselves: one whose id never arrived could not be removed.
 */
function uploadClient({ s3 }: S3Sdk, client: S3Client, signal: AbortSignal | undefined): S3Client {
  const send = (command: Parameters<S3Client["send"]>[0]): Promise<unknown> => {
    const isBracket =
      command instanceof s3.CreateMultipartUploadCommand || command instanceof s3.AbortMultipartUploadCommand;
    return client.send(command, isBracket || signal === undefined ? {} : { abortSignal: signal });
  };
  return Object.create(client, { send: { value: send } }) as S3Client;
}

/** Size and digest as far as they can be had before the first byte is sent: a stream is read only once. */
async function measure(
  source: ObjectSource,
  { sizeBytes, sha256, signal }: PutOptions,
): Promise<{ readonly sizeBytes: number | undefined; readonly sha256: string | undefined }> {
  const actualBytes = await sourceSize(source);
  const known = { sizeBytes: sizeBytes ?? actualBytes ?? undefined, sha256 };
  if (sha256 !== undefined || source instanceof Readable) return known;
  if (source instanceof Uint8Array)
    return { ...known, sha256: createHash("sha256").update(source).digest("hex") };
  // Read twice rather than stored without a digest: the disk is faster than the network.
  return { ...known, sha256: await sha256File(source.file, signal ? { signal } : {}) };
}

/** "bytes 0-9/1234" */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = Number(contentRange?.split("/")[1]);
  return Number.isSafeInteger(total) ? total : undefined;
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "OBJECT_NOT_FOUND";
}

function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}
