/** What the user gave -> a text and where it is from. */
import { open } from "node:fs/promises";
import path from "node:path";
import { ReelburstError } from "../../support/errors.ts";
import { isMissing } from "../../support/file-errors.ts";
import { MAX_SOURCE_CHARACTERS, type SourceText } from "./source.ts";

const EXTENSIONS = new Set([".md", ".markdown", ".txt", ".text"]);

export const NO_PROVENANCE = {
  from: null,
  title: null,
  author: null,
  site: null,
  publishedAt: null,
  fetchedAt: null,
};

/** @throws ReelburstError SOURCE_UNREADABLE */
export async function readTextFile(file: string): Promise<SourceText> {
  const fail = (message: string, hint?: string, cause?: unknown): ReelburstError =>
    new ReelburstError("SOURCE_UNREADABLE", message, { path: file, hint, cause });
  let bytes: Buffer;
  try {
    const handle = await open(file, "r");
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw fail("This is no file.");
      // Four bytes a character at most.
      if (stats.size > 4 * MAX_SOURCE_CHARACTERS) throw tooLong(file);
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ReelburstError) throw error;
    throw fail(isMissing(error) ? "There is no such file." : "The file can't be read.", undefined, error);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail("The file is not valid UTF-8 text.", "Save it as UTF-8.", cause);
  }
  if (text.includes("\0")) throw fail("The file is no text.");
  return checkedText(text, {
    topic: path.parse(file).name.replace(/[-_]+/g, " "),
    text,
    provenance: { ...NO_PROVENANCE, kind: "file", from: path.basename(file) },
  });
}

export function isTextFile(source: string): boolean {
  return EXTENSIONS.has(path.extname(source).toLowerCase());
}

export function topicSource(topic: string): SourceText {
  return checkedText(topic, {
    topic: topic.trim(),
    text: null,
    provenance: { ...NO_PROVENANCE, kind: "topic", title: topic.trim().slice(0, 500) },
  });
}

/** @throws ReelburstError SOURCE_EMPTY, SOURCE_TOO_LONG */
export function checkedText(text: string, source: SourceText): SourceText {
  if (text.trim() === "")
    throw new ReelburstError("SOURCE_EMPTY", "There is no text to make a film of.", {
      path: source.provenance.from ?? undefined,
    });
  if (text.length > MAX_SOURCE_CHARACTERS) throw tooLong(source.provenance.from ?? "text");
  return source;
}

function tooLong(file: string): ReelburstError {
  return new ReelburstError("SOURCE_TOO_LONG", `A text is at most ${MAX_SOURCE_CHARACTERS} characters.`, {
    path: file,
    hint: "Give a part of it.",
  });
}
