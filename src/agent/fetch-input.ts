/** Inputs that an order names by a presigned URL: fetched by the agent itself, so that they do not pass the controller. */
import { ReelburstError } from "../support/errors.ts";
import type { SafeFetch } from "../support/safe-fetch/contract.ts";
import type { BlobStore } from "./blob-store.ts";
import type { ChunkRunsOptions } from "./chunk-runs.ts";

const ATTEMPTS = 3;

/** Several chunks want the same input: it is fetched once. */
export function inputFetcher(
  blobs: BlobStore,
  openFetch: () => Promise<SafeFetch>,
): NonNullable<ChunkRunsOptions["fetchInput"]> {
  const coming = new Map<string, Promise<void>>();
  return async (sha256, url, signal) => {
    if (blobs.has(sha256)) return;
    const known = coming.get(sha256);
    // Whoever began it may have been stopped; then it is ours to fetch.
    if (known !== undefined) await known.catch(() => {});
    if (blobs.has(sha256)) return;
    const work = fetchInput(blobs, await openFetch(), sha256, url, signal);
    coming.set(sha256, work);
    try {
      await work;
    } finally {
      if (coming.get(sha256) === work) coming.delete(sha256);
    }
  };
}

async function fetchInput(
  blobs: BlobStore,
  safeFetch: SafeFetch,
  sha256: string,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await safeFetch.request(url, {
        maxBytes: blobs.limits.maxBlobBytes,
        timeouts: { idleBytes: 16 * 1024, totalMs: 3600_000 },
        signal,
      });
      try {
        if (response.status !== 200 || response.sizeBytes === null)
          throw new ReelburstError("FETCH_FAILED", `An input's address answered with ${response.status}.`, {
            retryable: true,
          });
        return await blobs.put(sha256, response.sizeBytes, response.body);
      } finally {
        response.discard();
      }
    } catch (thrown) {
      const error = ReelburstError.from(thrown);
      if (!error.retryable || attempt >= ATTEMPTS || signal.aborted) throw error;
    }
  }
}
