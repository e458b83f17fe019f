/** Brings one file to the server: hashed, asked for, sent in parts that go on where they broke off. */
import { Refusal, send, withKey } from "../api/client.ts";
import { hashFile } from "./hash-file.ts";

const PART_BYTES = 8e6;
/** Asking first costs a request of its own; a small file is as quickly sent. */
const ASK_FROM_BYTES = 256e3;
const TRIES = 6;

export interface Uploaded {
  readonly sha256: string;
}

/** @param onProgress 0..1 @throws Refusal, or an Error when the file can't be read */
export async function uploadFile(
  file: Blob,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Uploaded> {
  const sha256 = await hashFile(file);
  signal.throwIfAborted();
  const path = `/v1/assets/${sha256}`;
  let offset = 0;
  if (file.size >= ASK_FROM_BYTES) {
    const known = await fetch(path, { method: "HEAD", headers: withKey(), signal });
    if (known.ok) {
      onProgress(1);
      return { sha256 };
    }
    offset = Number(known.headers.get("upload-offset") ?? 0);
  }
  let tries = 0;
  do {
    const end = Math.min(offset + PART_BYTES, file.size);
    const isWhole = offset === 0 && end === file.size;
    try {
      await send(path, {
        method: "PUT",
        body: file.slice(offset, end, "application/octet-stream"),
        signal,
        headers: isWhole ? {} : { "content-range": `bytes ${offset}-${end - 1}/${file.size}` },
      });
      tries = 0;
      offset = end;
      onProgress(file.size === 0 ? 1 : offset / file.size);
    } catch (error) {
      signal.throwIfAborted();
      const refusal = error as Refusal;
      const mayPass = refusal.status === 0 || refusal.status === 429 || refusal.status >= 500;
      if (!(refusal instanceof Refusal) || !mayPass || ++tries === TRIES) throw error;
      const waitSeconds = Math.max(refusal.retryAfterSeconds, 2 ** tries / 2);
      await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
    }
  } while (offset < file.size);
  return { sha256 };
}
