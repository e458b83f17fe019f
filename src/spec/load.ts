import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { checkReferences } from "./check-files.ts";
import { describeFileError } from "./file-errors.ts";
import { scanFolder, scanToInput } from "./folder-scan.ts";
import type { FolderScanOptions } from "./folder-scenes.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, hasErrors, quote } from "./issue.ts";
import type { ParseResult } from "./parse.ts";
import { parseProduction, parseResult } from "./parse.ts";
import type { DocumentFormat, ReadDocument } from "./read-document.ts";
import { readDocument } from "./read-document.ts";
import { readableFiles, scannedFiles } from "./readable-files.ts";

/** The folder-scan options are for folders without a production file; a file says these things itself. */
export interface LoadOptions extends FolderScanOptions {
  /** See `ParseContext.confine`. */
  readonly confine?: boolean;
  /** See `ParseContext.allowUrls`. */
  readonly allowUrls?: boolean;
  readonly signal?: AbortSignal;
}

/** In order of preference in messages only: a folder may hold one of them. */
export const PRODUCTION_FILE_NAMES = [
  "production.yaml",
  "production.yml",
  "production.json5",
  "production.json",
] as const;

export const MAX_FILE_BYTES = 8 * 1024 * 1024;

const FORMATS: Readonly<Record<string, DocumentFormat>> = {
  ".json": "json",
  ".json5": "json5",
  ".yaml": "yaml",
  ".yml": "yaml",
};

/**
 * A production from a file, from a folder with a `production.yaml` (.yml, .json5, .json), or from a folder of
 * pictures and narrations. Never throws for what a user can do wrong.
 *
 * Looks at the media files only when the production is refused anyway, so that their faults are told together
 * with the others; those of an accepted one are for `checkFiles`.
 * @throws the signal's reason when aborted
 */
export async function loadProduction(path: string, options: LoadOptions = {}): Promise<ParseResult> {
  const absolute = resolve(path);
  try {
    const stats = await stat(absolute);
    if (stats.isDirectory()) return await loadFolder(absolute, options);
    if (!stats.isFile())
      return failed(errorIssue("FILE_NOT_REGULAR", path, "This is neither a file nor a folder."));
    return await loadFile(absolute, path, options);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return failed(describeFileError(error, path, "production"));
  }
}

async function loadFolder(directory: string, options: LoadOptions): Promise<ParseResult> {
  const names = new Set(await readdir(directory));
  const found = PRODUCTION_FILE_NAMES.filter((name) => names.has(name));
  const [file] = found;
  if (found.length > 1) {
    return failed(
      errorIssue(
        "PRODUCTION_FILE_AMBIGUOUS",
        "$",
        `The folder holds ${found.join(" and ")}.`,
        "Keep one, or name the file to render.",
      ),
    );
  }
  if (file !== undefined) return loadFile(join(directory, file), file, options);
  const scan = await scanFolder(directory, options);
  if (hasErrors(scan.issues)) {
    const ofFiles = await checkReferences(scannedFiles(scan), directory, options);
    return parseResult(null, [...scan.issues, ...ofFiles]);
  }
  const parsed = parseProduction(scanToInput(scan), { baseDirectory: directory });
  return parseResult(parsed.production, [...scan.issues, ...parsed.issues]);
}

async function loadFile(absolute: string, shownPath: string, options: LoadOptions): Promise<ParseResult> {
  const document = await readDocumentFile(absolute, shownPath);
  if (hasErrors(document.issues)) return parseResult(null, document.issues);
  const context = {
    baseDirectory: dirname(absolute),
    ...(options.confine === undefined ? {} : { confine: options.confine }),
    ...(options.allowUrls === undefined ? {} : { allowUrls: options.allowUrls }),
  };
  const parsed = parseProduction(document.value, context);
  const ofFiles =
    parsed.production === null
      ? await checkReferences(readableFiles(document.value, context), context.baseDirectory, options)
      : [];
  return parseResult(parsed.production, [...document.issues, ...parsed.issues, ...ofFiles]);
}

/**
 * A file's values, whatever they mean.
 * @throws what the file system says
 */
export async function readDocumentFile(absolute: string, shownPath: string): Promise<ReadDocument> {
  const refused = (code: string, message: string, hint?: string): ReadDocument => ({
    value: undefined,
    issues: [errorIssue(code, shownPath, message, hint)],
  });
  const format = FORMATS[extname(absolute).toLowerCase()];
  if (format === undefined) {
    return refused(
      "PRODUCTION_FORMAT_UNKNOWN",
      `A production file can't end in ${quote(extname(absolute))}.`,
      "Use .yaml, .yml, .json5 or .json, or name a folder.",
    );
  }
  const bytes = await readBounded(absolute, MAX_FILE_BYTES);
  if (bytes === null) {
    return refused(
      "FILE_TOO_LARGE",
      `A production file holds at most ${MAX_FILE_BYTES / 1024 / 1024} MB.`,
      "Pictures and sound stay in files of their own; write their paths.",
    );
  }
  const text = decodeText(bytes);
  if (text === null)
    return refused("FILE_ENCODING", "The file is not valid UTF-8 text.", "Save it as UTF-8.");
  if (text.trim() === "") return refused("FILE_EMPTY", "The file is empty.");
  return readDocument(text, format, basename(absolute));
}

/** Null when there is more: the size read counts, not the one that `stat` promised. */
async function readBounded(path: string, maxBytes: number): Promise<Buffer | null> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(maxBytes + 1);
    let length = 0;
    while (length <= maxBytes) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    return null;
  } finally {
    await file.close();
  }
}

/** UTF-8, or UTF-16 when its byte order mark says so (what some Windows tools write); null when neither. */
function decodeText(bytes: Uint8Array): string | null {
  const isLittleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
  const encoding = isLittleEndian ? "utf-16le" : isBigEndian ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function failed(issue: Issue): ParseResult {
  return { production: null, issues: [issue] };
}
