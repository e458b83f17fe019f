/**
 * Archives in the POSIX tar format (ustar, with pax records for long names; sizes above 8 GB as GNU and BSD tar write them), so that a backup can be looked
 * into and unpacked without us. Files and folders only: no links, no owners. Names are UTF-8 with "/", never absolute.
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { ReelburstError } from "./errors.ts";

const BLOCK = 512;
const PIECE = 1 << 20;
/** More than any file system takes. */
const MAX_LONG_NAME = 64 * 1024;

export class TarWriter {
  readonly #target: FileHandle;
  #position = 0;

  constructor(target: FileHandle) {
    this.#target = target;
  }

  async folder(name: string): Promise<void> {
    await this.#write(header(`${name}/`, 0, "5"));
  }

  /** @returns SHA-256 of what was written, which is the archive's to promise */
  async file(name: string, source: string): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
    const file = await open(source, "r");
    try {
      const { size } = await file.stat();
      await this.#write(header(name, size, "0"));
      const hash = createHash("sha256");
      const buffer = Buffer.allocUnsafe(PIECE);
      for (let left = size; left > 0; ) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(PIECE, left), null);
        if (bytesRead === 0)
          throw new ReelburstError("INPUT_CHANGED", `${name} became shorter while it was read.`);
        hash.update(buffer.subarray(0, bytesRead));
        await this.#write(buffer.subarray(0, bytesRead));
        left -= bytesRead;
      }
      await this.#pad();
      return { sizeBytes: size, sha256: hash.digest("hex") };
    } finally {
      await file.close();
    }
  }

  async text(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#write(header(name, bytes.length, "0"));
    await this.#write(bytes);
    await this.#pad();
  }

  async end(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK));
  }

  #pad(): Promise<void> {
    return this.#write(Buffer.alloc((BLOCK - (this.#position % BLOCK)) % BLOCK));
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#target.write(bytes, done, bytes.length - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}

export interface TarEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly sizeBytes: number;
  /** The bytes, once and before the next entry; what is not read is passed over. `hash` is fed with them. */
  read(hash?: Hash): AsyncIterable<Buffer>;
}

/** @throws ReelburstError ARCHIVE_DAMAGED: cut off, changed, or none */
export async function* readTar(source: FileHandle): AsyncGenerator<TarEntry> {
  let position = 0;
  const take = async (length: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(length);
    let got = 0;
    while (got < length) {
      const { bytesRead } = await source.read(buffer, got, length - got, position + got);
      if (bytesRead === 0) throw damaged("it ends in the middle");
      got += bytesRead;
    }
    position += length;
    return buffer;
  };
  let long: string | null = null;
  for (;;) {
    const block = await take(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const { name: short, size, type } = readHeader(block);
    const start = position;
    if (type === "x") {
      if (size > MAX_LONG_NAME) throw damaged("a name in it is too long");
      long = /(?:^|\n)\d+ path=([^\n]+)\n/.exec((await take(size)).toString("utf8"))?.[1] ?? null;
      position = start + Math.ceil(size / BLOCK) * BLOCK;
      continue;
    }
    const name = long ?? short;
    long = null;
    yield {
      name: name.replace(/\/$/, ""),
      kind: type === "5" ? "folder" : "file",
      sizeBytes: size,
      async *read(hash) {
        position = start;
        for (let left = size; left > 0; ) {
          const piece = await take(Math.min(PIECE, left));
          hash?.update(piece);
          left -= piece.length;
          yield piece;
        }
      },
    };
    position = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function header(name: string, size: number, type: "0" | "5" | "x"): Buffer {
  const split = splitName(name);
  if (split === null) return Buffer.concat([longName(name), header("long-name", size, type)]);
  const [prefix, rest] = split;
  const block = Buffer.alloc(BLOCK);
  block.write(rest, 0, 100, "utf8");
  block.write("0000600\0", 100, "latin1");
  block.write("0000000\0", 108, "latin1");
  block.write("0000000\0", 116, "latin1");
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write("00000000000\0", 136, "latin1");
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(prefix, 345, 155, "utf8");
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A long name is cut at a slash: up to 155 bytes before it and 100 after. Null: it can't be. */
function splitName(name: string): readonly [string, string] | null {
  const fits = (text: string, most: number): boolean => Buffer.byteLength(text) <= most;
  if (fits(name, 100)) return ["", name];
  for (let at = name.indexOf("/"); at > 0; at = name.indexOf("/", at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (rest !== "" && fits(prefix, 155) && fits(rest, 100)) return [prefix, rest];
  }
  return null;
}

/** A name that no header holds goes before it as a record of its own: `<length> path=<name>\n`, length included. */
function longName(name: string): Buffer {
  const record = Buffer.from(` path=${name}\n`);
  let length = record.length;
  while (length !== record.length + String(length).length) length = record.length + String(length).length;
  const bytes = Buffer.concat([Buffer.from(String(length)), record]);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return Buffer.concat([header("././@PaxHeader", bytes.length, "x"), bytes, padding]);
}

function readHeader(block: Buffer): { readonly name: string; readonly size: number; readonly type: string } {
  const text = (from: number, length: number): string => {
    const field = block.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.subarray(0, end < 0 ? length : end).toString("utf8");
  };
  const stated = Number.parseInt(text(148, 8).trim(), 8);
  const copy = Buffer.from(block);
  copy.fill(" ", 148, 156);
  if (text(257, 5) !== "ustar" || stated !== checksum(copy)) throw damaged("a header is none");
  const size =
    (block[124] ?? 0) & 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(124, 12), 8);
  const type = text(156, 1);
  if (!Number.isSafeInteger(size) || size < 0 || !["0", "5", "x"].includes(type))
    throw damaged("it holds something else than files and folders");
  const prefix = text(345, 155);
  return { name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`, size, type };
}

function checksum(block: Buffer): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

function damaged(what: string): ReelburstError {
  return new ReelburstError("ARCHIVE_DAMAGED", `The archive is damaged, or is none: ${what}.`, {
    hint: "Take another copy of it.",
  });
}
