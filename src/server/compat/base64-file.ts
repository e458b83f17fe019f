import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { ReelburstError } from "../../support/errors.ts";

export interface MediaFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Long enough for any media type with its parameters. */
const MAX_PREFIX = 200;

/** A file that comes as base64, decoded a piece at a time. */
export class Base64File {
  readonly field: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  readonly #maxBytes: number;
  #size = 0;
  /** What can't be decoded yet: a beginning that may be `data:…,`, half an escape, less than four letters. */
  #rest = "";
  #isBegun = false;
  /** From the first `=` on nothing but them. */
  #isPadded = false;
  #isClosed = false;

  private constructor(field: string, file: FileHandle, name: string, maxBytes: number) {
    this.field = field;
    this.#file = file;
    this.#path = name;
    this.#maxBytes = maxBytes;
  }

  static async open(
    field: string,
    { folder, maxFileBytes }: { readonly folder: string; readonly maxFileBytes: number },
  ): Promise<Base64File> {
    // Fields are a fixed list of ours: none of them leads out of the folder.
    const name = path.join(folder, field);
    return new Base64File(field, await open(name, "wx"), name, maxFileBytes);
  }

  async write(text: string): Promise<void> {
    this.#rest += text;
    if (!this.#isBegun) {
      if (this.#rest.length < MAX_PREFIX) return;
      this.#begin();
    }
    await this.#decode(false);
  }

  /** null: the string was empty. */
  async finish(): Promise<MediaFile | null> {
    if (!this.#isBegun) this.#begin();
    await this.#decode(true);
    await this.close();
    if (this.#size === 0) return null;
    return { path: this.#path, sha256: this.#hash.digest("hex"), sizeBytes: this.#size };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close();
  }

  #begin(): void {
    this.#isBegun = true;
    this.#rest = this.#rest.trimStart();
    if (/^data:/i.test(this.#rest)) {
      const comma = this.#rest.indexOf(",");
      const prefix = this.#rest.slice(0, comma);
      if (comma === -1 || !/;base64$/i.test(prefix)) throw this.#damaged("a data: URL without base64");
      this.#rest = this.#rest.slice(comma + 1);
    }
  }

  async #decode(isLast: boolean): Promise<void> {
    // PHP writes "\/" for "/", Python's line-wrapping encoder "\n".
    const half = isLast ? -1 : this.#rest.search(/\\(?:u[0-9a-fA-F]{0,3})?$/);
    const ready = half === -1 ? this.#rest : this.#rest.slice(0, half);
    const letters = ready.includes("\\") ? ready.replace(ESCAPE, unescaped) : ready;
    const clean = /\s/.test(letters) ? letters.replace(/\s+/g, "") : letters;
    const padding = clean.indexOf("=");
    const data = padding === -1 ? clean : clean.slice(0, padding);
    if (/[^A-Za-z0-9+/]/.test(data) || (this.#isPadded && data !== ""))
      throw this.#damaged("a character that base64 does not have");
    if (padding !== -1 && !/^=+$/.test(clean.slice(padding))) throw this.#damaged("text after its end");
    if (padding !== -1) this.#isPadded = true;
    const isEnd = isLast || this.#isPadded;
    const whole = isEnd ? data.length : data.length - (data.length % 4);
    if (isEnd && whole % 4 === 1) throw this.#damaged("it breaks off");
    const waiting = isEnd ? "" : data.slice(whole);
    this.#rest = waiting + (half === -1 ? "" : this.#rest.slice(half));
    const bytes = Buffer.from(data.slice(0, whole), "base64");
    this.#size += bytes.length;
    if (this.#size > this.#maxBytes) {
      throw new ReelburstError(
        "ASSET_TOO_LARGE",
        `${this.field} holds more than ${Math.floor(this.#maxBytes / 1e6)} MB.`,
        {
          path: this.field,
          hint: "Encode the file smaller, or raise --max-asset-mb where the server is started.",
        },
      );
    }
    this.#hash.update(bytes);
    if (bytes.length > 0) await this.#file.appendFile(bytes);
  }

  #damaged(reason: string): ReelburstError {
    return new ReelburstError("BASE64_INVALID", `${this.field} is no base64: ${reason}.`, {
      path: this.field,
      hint: "Encode the file's bytes, with or without data:…;base64, before them. A path is not taken.",
    });
  }
}

const ESCAPE = /\\(?:([/nrt])|u([0-9a-fA-F]{4}))/g;

function unescaped(whole: string, letter: string | undefined, code: string | undefined): string {
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  if (letter === "/") return "/";
  return letter === undefined ? whole : " ";
}
