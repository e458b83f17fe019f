/**
 * A JSON body with files in it as base64: they go to the disk as they come, a piece at a time, and what is left is small.
 * Parsed by hand for that: every JSON parser wants the whole text, and whole bodies in memory are what a server dies of.
 *
 * Strings of the named fields, at the top level only, become files; where they stood the small rest has null.
 */
import type { Readable } from "node:stream";
import { ReelburstError } from "../../support/errors.ts";
import { systemCode } from "../../support/file-errors.ts";
import { Base64File, type MediaFile } from "./base64-file.ts";

export interface MediaBodyOptions {
  /** Fields that hold a file. */
  readonly fields: readonly string[];
  /** Empty, of this request alone. */
  readonly folder: string;
  readonly maxFileBytes: number;
  readonly maxBodyBytes: number;
}

export interface MediaBody {
  readonly json: unknown;
  /** By field. Empty strings are not among them. */
  readonly files: ReadonlyMap<string, MediaFile>;
}

/** Of everything but the files. */
const MAX_TEXT_BYTES = 256 * 1024;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];

/** @throws ReelburstError BODY_TOO_LARGE, BODY_INVALID, BASE64_INVALID, ASSET_TOO_LARGE, CLIENT_GONE */
export async function readMediaBody(body: Readable, options: MediaBodyOptions): Promise<MediaBody> {
  const reader = new MediaBodyReader(options);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) await reader.write(chunk);
    return await reader.end();
  } catch (error) {
    if (systemCode(error) !== "ECONNRESET") throw error;
    throw new ReelburstError("CLIENT_GONE", "The client went away while it sent its files.", {
      cause: error,
    });
  } finally {
    await reader.close();
  }
}

class MediaBodyReader {
  readonly #options: MediaBodyOptions;
  readonly #files = new Map<string, MediaFile>();
  readonly #text: Buffer[] = [];
  #textBytes = 0;
  #bodyBytes = 0;
  #depth = 0;
  #string: "none" | "inside" | "escaped" = "none";
  /** At the top level: a key, or the value that follows one. */
  #expects: "key" | "value" = "key";
  #keyBytes: number[] = [];
  #key: string | null = null;
  #file: Base64File | null = null;

  constructor(options: MediaBodyOptions) {
    this.#options = options;
  }

  async write(chunk: Buffer): Promise<void> {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > this.#options.maxBodyBytes) throw bodyTooLarge(this.#options.maxBodyBytes);
    let at = 0;
    while (at < chunk.length) {
      at =
        this.#file === null ? await this.#readText(chunk, at) : await this.#readFile(this.#file, chunk, at);
    }
  }

  async end(): Promise<MediaBody> {
    if (this.#file !== null) throw invalid("The body ends within a string.");
    const text = Buffer.concat(this.#text).toString("utf8");
    try {
      return { json: JSON.parse(text), files: this.#files };
    } catch (error) {
      throw invalid("The body is no JSON.", error);
    }
  }

  close(): Promise<void> {
    return this.#file?.close() ?? Promise.resolve();
  }

  /** A quote ends it: in base64 there is none, so none can be escaped. */
  async #readFile(file: Base64File, chunk: Buffer, at: number): Promise<number> {
    const quote = chunk.indexOf(QUOTE, at);
    await file.write(chunk.toString("latin1", at, quote === -1 ? chunk.length : quote));
    if (quote === -1) return chunk.length;
    const { field } = file;
    const finished = await file.finish();
    this.#file = null;
    if (finished !== null) this.#files.set(field, finished);
    this.#keep(Buffer.from("null"));
    return quote + 1;
  }

  /** @returns where it stopped: the chunk's end, or the beginning of a file's text */
  async #readText(chunk: Buffer, from: number): Promise<number> {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (this.#string !== "none") {
        this.#inString(byte);
        continue;
      }
      if (byte === QUOTE) {
        const field = this.#key;
        if (this.#depth === 1 && this.#expects === "value" && field !== null && this.#isMedia(field)) {
          this.#keep(chunk.subarray(from, at));
          this.#expects = "key";
          this.#file = await Base64File.open(field, this.#options);
          return at + 1;
        }
        this.#string = "inside";
        if (this.#depth === 1 && this.#expects === "key") this.#keyBytes = [];
      } else if (byte === 0x7b || byte === 0x5b) {
        this.#depth += 1;
        if (this.#depth === 1 && byte === 0x5b) throw invalid("The body is no JSON object.");
      } else if (byte === 0x7d || byte === 0x5d) this.#depth -= 1;
      else if (this.#depth === 1 && byte === COLON) this.#expects = "value";
      else if (this.#depth === 1 && byte === COMMA) this.#expects = "key";
    }
    this.#keep(chunk.subarray(from));
    return chunk.length;
  }

  #inString(byte: number): void {
    const isKey = this.#depth === 1 && this.#expects === "key";
    if (this.#string === "escaped") this.#string = "inside";
    else if (byte === BACKSLASH) this.#string = "escaped";
    else if (byte === QUOTE) {
      this.#string = "none";
      if (isKey) this.#key = readKey(this.#keyBytes);
      return;
    }
    if (isKey) this.#keyBytes.push(byte);
    if (this.#keyBytes.length > MAX_TEXT_BYTES) throw bodyTooLarge(MAX_TEXT_BYTES);
  }

  #isMedia(field: string): boolean {
    if (!this.#options.fields.includes(field)) return false;
    if (this.#files.has(field)) throw invalid(`${field} comes twice.`);
    return true;
  }

  #keep(bytes: Buffer): void {
    this.#textBytes += bytes.length;
    if (this.#textBytes > MAX_TEXT_BYTES) {
      throw new ReelburstError(
        "BODY_TOO_LARGE",
        `Beside its files a request holds at most ${MAX_TEXT_BYTES / 1024} kB.`,
        { hint: `Files go into ${this.#options.fields.join(", ")}.` },
      );
    }
    // A copy: the chunk's memory goes back to the socket.
    this.#text.push(Buffer.from(bytes));
  }
}

/** Escapes and all: `"input\u005fimage"` is the same key. */
function readKey(bytes: readonly number[]): string | null {
  try {
    const key: unknown = JSON.parse(`"${Buffer.from(bytes).toString("utf8")}"`);
    return typeof key === "string" ? key : null;
  } catch {
    // The whole text is parsed at its end and says so.
    return null;
  }
}

function invalid(message: string, cause?: unknown): ReelburstError {
  return new ReelburstError("BODY_INVALID", message, {
    hint: "Send a JSON object, with Content-Type: application/json.",
    cause,
  });
}

export function bodyTooLarge(maxBytes: number): ReelburstError {
  return new ReelburstError("BODY_TOO_LARGE", `A request holds at most ${Math.floor(maxBytes / 1e6)} MB.`, {
    hint: "Encode its files smaller, or bring them as assets and POST to /v1/productions.",
  });
}
