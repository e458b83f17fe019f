import { pipeline, Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Clock } from "../clock.ts";
import { ReelburstError } from "../errors.ts";
import { systemCode } from "../file-errors.ts";
import { formatBytes } from "../format.ts";
import type { FetchTimeouts } from "./contract.ts";
import { fetchError, shownUrl, tooLarge, truncated } from "./fetch-errors.ts";
import type { PhaseTimer } from "./phase-timer.ts";

/** Text of one word repeated comes to some hundreds; beyond that a body is made to unpack, not to be read. */
const MAX_RATIO = 200;
/** Below it no ratio harms. */
const RATIO_FREE_BYTES = 1 << 20;
/** What zlib and Brotli say of bytes that are none of theirs; of those that end too early it is Z_BUF_ERROR. */
const NOT_PACKED = /^(?:Z_DATA_ERROR$|ERR_(?:BROTLI_)?\w*ERROR_FORMAT)/;

export interface BodySource {
  readonly stream: Readable;
  readonly url: URL;
  /** Content-Length; null when not said. */
  readonly declaredBytes: number | null;
  /** Content-Encoding, lower case; "" and "identity" are none. */
  readonly coding: string;
  readonly maxBytes: number;
  readonly timeouts: FetchTimeouts;
  readonly timer: PhaseTimer;
  readonly clock: Clock;
}

/**
 * The body as it was meant, with its limits held while it flows: lengths and codings are what the server says, bytes
 * are what it sends.
 */
export async function* readBody(source: BodySource): AsyncGenerator<Uint8Array, void> {
  const { url, maxBytes, timer } = source;
  const sent = { bytes: 0 };
  const decoder = createDecoder(source.coding, url);
  let decodedBytes = 0;
  try {
    const chunks = decoder === null ? received(source, sent) : decode(received(source, sent), decoder);
    for await (const chunk of chunks) {
      decodedBytes += chunk.length;
      if (decodedBytes > maxBytes) throw tooLarge(url, `holds more than ${formatBytes(maxBytes)}`);
      if (decoder !== null && decodedBytes > RATIO_FREE_BYTES && decodedBytes > sent.bytes * MAX_RATIO)
        throw tooLarge(url, "unpacks to far more than was sent");
      yield chunk;
    }
  } catch (error) {
    if (NOT_PACKED.test(systemCode(error) ?? ""))
      throw damaged(url, "is packed in a way that can't be unpacked", error);
    throw fetchError(error, url, "body", timer.signal);
  } finally {
    source.stream.destroy();
    timer.close();
  }
}

async function* received(source: BodySource, sent: { bytes: number }): AsyncGenerator<Uint8Array, void> {
  const { url, timer, clock, declaredBytes, maxBytes, timeouts } = source;
  const iterator: AsyncIterator<Uint8Array> = source.stream[Symbol.asyncIterator]();
  // Only waiting counts, so that a slow reader is not taken for a slow server.
  let waitedMs = 0;
  let freshBytes = 0;
  for (;;) {
    const startedMs = clock.monotonicMs();
    timer.enter("sent (almost) nothing more", Math.max(0, timeouts.idleMs - waitedMs), timeouts.idleMs);
    const next = await iterator.next();
    timer.leave();
    if (next.done === true) break;
    const chunk = next.value;
    sent.bytes += chunk.length;
    freshBytes += chunk.length;
    waitedMs += clock.monotonicMs() - startedMs;
    if (freshBytes >= timeouts.idleBytes) {
      waitedMs = 0;
      freshBytes = 0;
    }
    if (sent.bytes > maxBytes) throw tooLarge(url, `holds more than ${formatBytes(maxBytes)}`);
    yield chunk;
  }
  if (declaredBytes !== null && sent.bytes !== declaredBytes) throw truncated(url);
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  decoder: Transform,
): AsyncGenerator<Uint8Array, void> {
  // Errors of the source arrive through the decoder, which `pipeline` destroys with them.
  pipeline(Readable.from(chunks), decoder, () => {});
  yield* decoder as AsyncIterable<Uint8Array>;
}

function createDecoder(coding: string, url: URL): Transform | null {
  switch (coding) {
    case "":
    case "identity":
      return null;
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      throw new ReelburstError(
        "FETCH_TYPE_REFUSED",
        `${shownUrl(url)} is packed in a way that is not known here.`,
        {
          hint: "Let the server send the file as it is.",
        },
      );
  }
}

export function damaged(url: URL | string, what: string, cause?: unknown): ReelburstError {
  return new ReelburstError("FETCH_DAMAGED", `${shownUrl(url)} ${what}.`, {
    retryable: true,
    hint: "Try again; if it stays, the file on the server is damaged.",
    cause,
  });
}
