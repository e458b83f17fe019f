import { type FileHandle, open } from "node:fs/promises";
import { throwIfAborted } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import { readError } from "../../support/file-errors.ts";
import { digestOf } from "../../support/hash.ts";
import type { FilmPackage } from "../film-package.ts";
import type { PublishHooks } from "../platform.ts";
import { filmChanged } from "../s3-delivery.ts";
import type { ApiClient } from "./api-client.ts";
import { findUpload } from "./find-upload.ts";
import { type Patience, retrying, waitOrThrow } from "./retrying.ts";
import type { UploadRecord } from "./upload-record.ts";
import {
  askSession,
  CHUNK_UNIT,
  type SessionState,
  sendChunk,
  startSession,
  type UploadedVideo,
  uploadUncertain,
} from "./upload-session.ts";

export interface FilmUpload {
  readonly film: Pick<FilmPackage, "film" | "sizeBytes" | "mtimeMs">;
  readonly title: string;
  /** `videoResource`. */
  readonly resource: unknown;
  /** Of a chunk at most; a multiple of 256 KiB. */
  readonly chunkBytes: number;
  /** From a chunk's first byte to its answer. */
  readonly chunkTimeoutMs: number;
  /** Written to disk before it answers. */
  readonly save: (record: UploadRecord) => Promise<void>;
}

export interface UploadTools {
  readonly api: ApiClient;
  readonly patience: Patience;
  readonly hooks: PublishHooks;
}

/** A server that loses one session after the other will lose the next as well. */
const MAX_SESSIONS = 3;

/**
 * Uploads a film once, whatever happens on the way: what must be known after a kill is on disk before it can be needed.
 *
 * - The session's address is saved before the first byte; a later run asks the session how far it is and goes on there.
 * - That the last byte is about to be sent is saved before it is. A session that is gone without it can't have made a
 *   video, and another is begun; with it, the channel is searched, and where the login may not look, nothing is sent again.
 * - An answer that is lost is asked for again: a completed session answers with its video.
 *
 * @returns the record with its video
 * @throws ReelburstError YOUTUBE_*, PUBLISH_FILM_CHANGED, ABORTED
 */
export async function uploadFilm(
  upload: FilmUpload,
  known: UploadRecord,
  tools: UploadTools,
): Promise<UploadRecord> {
  const { film } = upload;
  const file = await open(film.film, "r").catch((error: unknown) => {
    throw readError(error, film.film);
  });
  try {
    return await runSessions(upload, known, file, tools);
  } finally {
    await file.close();
  }
}

async function runSessions(
  upload: FilmUpload,
  known: UploadRecord,
  file: FileHandle,
  tools: UploadTools,
): Promise<UploadRecord> {
  const { api, patience, hooks } = tools;
  const { film, title, resource } = upload;
  const resourceDigest = digestOf(resource);
  let record = known;
  for (let sessions = 0; ; ) {
    throwIfAborted(hooks.signal);
    if (
      record.session !== null &&
      record.session.resourceDigest !== resourceDigest &&
      !record.session.lastByteSent
    ) {
      notice(
        hooks,
        "PUBLISH_METADATA_CHANGED",
        "The words have changed since the upload began; it begins anew with them.",
      );
      record = { ...record, session: null };
    }
    const fresh = record.session === null;
    if (fresh) {
      if (sessions++ >= MAX_SESSIONS) {
        throw new ReelburstError("YOUTUBE_UNAVAILABLE", "YouTube loses every upload that is begun.", {
          retryable: true,
          hint: "Run the same command later.",
        });
      }
      await requireUnchanged(file, film);
      const uri = await retrying(() => startSession(api, resource, film, hooks.signal), patience);
      const startedAtMs = patience.clock.now();
      record = { ...record, session: { uri, startedAtMs, title, resourceDigest, lastByteSent: false } };
      await upload.save(record);
    }
    const state = await sendAll(upload, record, file, tools, fresh);
    record = state.record;
    if (state.video !== null) return finish(upload, record, state.video, patience);
    const ended = record.session;
    if (ended?.lastByteSent === true) {
      const wanted = { sizeBytes: film.sizeBytes, title: ended.title, sinceMs: ended.startedAtMs };
      const found = await retrying(() => findUpload(api, wanted, hooks.signal), patience);
      if (found.kind === "found") return finish(upload, record, found.video, patience);
      if (found.kind === "unknown") throw uploadUncertain(ended.title);
    }
    notice(hooks, "YOUTUBE_SESSION_ENDED", "YouTube has dropped the upload that was begun; it begins anew.");
    record = { ...record, session: null };
    await upload.save(record);
  }
}

async function finish(
  upload: FilmUpload,
  record: UploadRecord,
  video: UploadedVideo,
  { clock }: Patience,
): Promise<UploadRecord> {
  const done = { ...record, session: null, video: { ...video, uploadedAtMs: clock.now() } };
  await upload.save(done);
  return done;
}

/** Goes on with the record's session until it is complete (`video`) or gone (null). */
async function sendAll(
  upload: FilmUpload,
  known: UploadRecord,
  file: FileHandle,
  { api, patience, hooks }: UploadTools,
  fresh: boolean,
): Promise<{ readonly record: UploadRecord; readonly video: UploadedVideo | null }> {
  const { film } = upload;
  const { sizeBytes } = film;
  const { signal } = hooks;
  let record = known;
  let offset = 0;
  let chunkBytes = upload.chunkBytes;
  let mustAsk = !fresh;
  let failures = 0;
  for (;;) {
    const uri = (record.session as NonNullable<UploadRecord["session"]>).uri;
    let state: SessionState;
    try {
      throwIfAborted(signal);
      if (mustAsk) {
        state = await askSession(api, uri, sizeBytes, signal);
      } else {
        const bytes = await readChunk(file, film, offset, chunkBytes);
        if (offset + bytes.length === sizeBytes && record.session?.lastByteSent === false) {
          record = { ...record, session: { ...record.session, lastByteSent: true } };
          await upload.save(record);
        }
        state = await sendChunk(
          api,
          uri,
          { bytes, offset, sizeBytes, timeoutMs: upload.chunkTimeoutMs },
          signal,
        );
      }
    } catch (error) {
      failures++;
      // Smaller pieces: on a bad line each that arrives whole is progress.
      chunkBytes = Math.max(CHUNK_UNIT, Math.floor(chunkBytes / 2 / CHUNK_UNIT) * CHUNK_UNIT);
      mustAsk = true;
      await waitOrThrow(error, failures, patience);
      continue;
    }
    if (state.kind === "complete") {
      hooks.emit({ type: "progress", sentBytes: sizeBytes, totalBytes: sizeBytes });
      return { record, video: state.video };
    }
    if (state.kind === "gone") return { record, video: null };
    if (state.receivedBytes > offset) {
      failures = 0;
      if (!mustAsk) chunkBytes = Math.min(upload.chunkBytes, chunkBytes * 2);
    } else if (!mustAsk) {
      // Taken and not kept. Without a limit this would go on for ever.
      failures++;
      await waitOrThrow(stuck(), failures, patience);
    }
    offset = state.receivedBytes;
    // All there, and yet not complete: the server is still at it.
    mustAsk = offset === sizeBytes;
    if (mustAsk) await waitOrThrow(stuck(), ++failures, patience);
    hooks.emit({ type: "progress", sentBytes: offset, totalBytes: sizeBytes });
  }
}

async function readChunk(
  file: FileHandle,
  film: FilmUpload["film"],
  offset: number,
  chunkBytes: number,
): Promise<Uint8Array> {
  const length = Math.min(chunkBytes, film.sizeBytes - offset);
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw filmChanged(film.film);
    filled += bytesRead;
  }
  // After the reading: what was hashed at the start is what is sent, or nothing is.
  await requireUnchanged(file, film);
  return bytes;
}

async function requireUnchanged(file: FileHandle, film: FilmUpload["film"]): Promise<void> {
  const { size, mtimeMs } = await file.stat();
  if (size !== film.sizeBytes || mtimeMs !== film.mtimeMs) throw filmChanged(film.film);
}

function stuck(): ReelburstError {
  return new ReelburstError("YOUTUBE_UNAVAILABLE", "YouTube takes bytes and does not keep them.", {
    retryable: true,
    hint: "Run the same command later; what was sent is kept.",
  });
}

function notice(hooks: PublishHooks, code: string, message: string): void {
  hooks.emit({ type: "notice", notice: { code, message } });
}
