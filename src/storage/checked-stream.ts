import { createHash } from "node:crypto";
import { Transform } from "node:stream";
import { digestMismatch, objectTooLarge, sizeMismatch } from "./storage-errors.ts";

export interface Expected {
  readonly sha256?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/**
 * Passes bytes on, counts them and hashes them. Fails in place of ending when they are not what was expected, so that
 * whoever writes them never sees an end and never publishes.
 */
export class CheckedStream extends Transform {
  readonly #key: string;
  readonly #expected: Expected;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #sha256: string | null = null;

  constructor(key: string, expected: Expected) {
    super({ highWaterMark: 1 << 18 });
    this.#key = key;
    this.#expected = expected;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Of all bytes; only once they have passed. */
  get sha256(): string {
    if (this.#sha256 === null) throw new TypeError("The stream has not ended.");
    return this.#sha256;
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null, data?: Buffer) => void,
  ) {
    this.#sizeBytes += chunk.length;
    const { maxBytes, sizeBytes } = this.#expected;
    if (maxBytes !== undefined && this.#sizeBytes > maxBytes) {
      done(objectTooLarge(this.#key, maxBytes));
    } else if (sizeBytes !== undefined && this.#sizeBytes > sizeBytes) {
      done(sizeMismatch(this.#key, sizeBytes, this.#sizeBytes));
    } else {
      this.#hash.update(chunk);
      done(null, chunk);
    }
  }

  override _flush(done: (error?: Error | null) => void) {
    const { sizeBytes, sha256 } = this.#expected;
    this.#sha256 = this.#hash.digest("hex");
    if (sizeBytes !== undefined && this.#sizeBytes !== sizeBytes) {
      done(sizeMismatch(this.#key, sizeBytes, this.#sizeBytes));
    } else if (sha256 !== undefined && this.#sha256 !== sha256) {
      done(digestMismatch(this.#key));
    } else {
      done();
    }
  }
}
