import { stat } from "node:fs/promises";
import path from "node:path";
import { checkFiles } from "../spec/check-files.ts";
import { hasErrors, type Issue } from "../spec/issue.ts";
import { loadProduction, PRODUCTION_FILE_NAMES } from "../spec/load.ts";
import type { Production } from "../spec/production.ts";
import { invalidInput, usageError } from "./failure.ts";
import { printable } from "./text/printable.ts";

export interface SourceOptions {
  readonly language?: string | undefined;
  /** Seconds for pictures without narration in a folder. */
  readonly pictureSeconds?: number | undefined;
}

export interface CheckedSource {
  /** Null exactly when `issues` holds an error. */
  readonly production: Production | null;
  readonly issues: readonly Issue[];
}

/** Reads a production and looks at the files it names. */
export async function checkSource(
  source: string,
  cwd: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<CheckedSource> {
  const absolute = path.resolve(cwd, source);
  await refuseFolderOptions(absolute, source, options);
  const { production, issues } = await loadProduction(absolute, {
    // Looked at when the film is made, or with `validate --content`; checking a file must work offline.
    allowUrls: true,
    ...(options.language === undefined ? {} : { language: options.language }),
    ...(options.pictureSeconds === undefined ? {} : { defaultDurationSeconds: options.pictureSeconds }),
  });
  signal.throwIfAborted();
  if (production === null) return { production, issues };
  const all = [...(await checkFiles(production, { signal })), ...issues];
  return { production: hasErrors(all) ? null : production, issues: all };
}

/** @throws CommandFailure with every error of the input */
export async function readSource(
  source: string,
  cwd: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<{ readonly production: Production; readonly warnings: readonly Issue[] }> {
  const { production, issues } = await checkSource(source, cwd, options, signal);
  if (production === null) throw invalidInput(printable(source), issues);
  return { production, warnings: issues };
}

/** What films of this source are called: the folder's name, also when the file in it is just `production.yaml`. */
export function sourceName(source: string, cwd: string): string {
  const absolute = path.resolve(cwd, source);
  const base = path.basename(absolute);
  const isGeneric = (PRODUCTION_FILE_NAMES as readonly string[]).includes(base.toLowerCase());
  const name = isGeneric ? path.basename(path.dirname(absolute)) : base.replace(/\.(?:ya?ml|json5?)$/i, "");
  return name === "" ? "film" : name;
}

async function refuseFolderOptions(absolute: string, source: string, options: SourceOptions): Promise<void> {
  if (options.language === undefined && options.pictureSeconds === undefined) return;
  const option = options.language === undefined ? "--picture-seconds" : "--language";
  const hint = "The production file itself says these things, under defaults.";
  const isFile = async (candidate: string): Promise<boolean> =>
    (await stat(candidate).catch(() => null))?.isFile() === true;
  for (const candidate of [absolute, ...PRODUCTION_FILE_NAMES.map((name) => path.join(absolute, name))]) {
    if (await isFile(candidate)) {
      throw usageError(
        `${option} is for folders without a production file; ${printable(source)} is or holds one.`,
        hint,
      );
    }
  }
}
