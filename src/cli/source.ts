import { stat } from "node:fs/promises";
import path from "node:path";
import { checkFiles } from "../spec/check-files.ts";
import type { ImportFormat } from "../spec/import/importers.ts";
import { loadImport } from "../spec/import/load-import.ts";
import type { PathOrigins } from "../spec/import/path-origins.ts";
import { hasErrors, type Issue } from "../spec/issue.ts";
import { loadProduction, PRODUCTION_FILE_NAMES } from "../spec/load.ts";
import type { Production } from "../spec/production.ts";
import { invalidInput, usageError } from "./failure.ts";
import { printable } from "./text/printable.ts";

export interface SourceOptions {
  readonly language?: string | undefined;
  /** Seconds for pictures without narration in a folder. */
  readonly pictureSeconds?: number | undefined;
  /** The source is a document of this program. */
  readonly from?: ImportFormat | undefined;
  readonly assets?: string | undefined;
  readonly strict?: boolean | undefined;
}

export interface CheckedSource {
  /** Null exactly when `issues` holds an error. */
  readonly production: Production | null;
  readonly issues: readonly Issue[];
  /** Of an imported document: where what is found out later stands in it. */
  readonly origins: PathOrigins | null;
}

/** Reads a production and looks at the files it names. */
export async function checkSource(
  source: string,
  cwd: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<CheckedSource> {
  const absolute = path.resolve(cwd, source);
  refuseImportOptions(options);
  if (options.from !== undefined) {
    const { from: format, strict = false } = options;
    const assets = options.assets === undefined ? null : path.resolve(cwd, options.assets);
    return loadImport(absolute, { format, assets, strict, signal });
  }
  await refuseFolderOptions(absolute, source, options);
  const { production, issues } = await loadProduction(absolute, {
    // Looked at when the film is made, or with `validate --content`; checking a file must work offline.
    allowUrls: true,
    ...(options.language === undefined ? {} : { language: options.language }),
    ...(options.pictureSeconds === undefined ? {} : { defaultDurationSeconds: options.pictureSeconds }),
  });
  signal.throwIfAborted();
  if (production === null) return { production, issues, origins: null };
  const all = [...(await checkFiles(production, { signal })), ...issues];
  return { production: hasErrors(all) ? null : production, issues: all, origins: null };
}

export interface ReadSource {
  readonly production: Production;
  readonly warnings: readonly Issue[];
  /** As in `CheckedSource`. */
  readonly origins: PathOrigins | null;
}

/** @throws CommandFailure with every error of the input */
export async function readSource(
  source: string,
  cwd: string,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<ReadSource> {
  const { production, issues, origins } = await checkSource(source, cwd, options, signal);
  if (production === null) throw invalidInput(printable(source), issues);
  return { production, warnings: issues, origins };
}

/** What films of this source are called: the folder's name, also when the file in it is just `production.yaml`. */
export function sourceName(source: string, cwd: string): string {
  const absolute = path.resolve(cwd, source);
  const base = path.basename(absolute);
  const isGeneric = (PRODUCTION_FILE_NAMES as readonly string[]).includes(base.toLowerCase());
  const name = isGeneric ? path.basename(path.dirname(absolute)) : base.replace(/\.(?:ya?ml|json5?)$/i, "");
  return name === "" ? "film" : name;
}

/** @throws CommandFailure when an option would go unheard */
export function refuseImportOptions({ from, assets, strict, language, pictureSeconds }: SourceOptions): void {
  if (from === undefined && (assets !== undefined || strict === true))
    throw usageError(`${assets === undefined ? "--strict" : "--assets"} goes with --from.`);
  if (from !== undefined && (language !== undefined || pictureSeconds !== undefined)) {
    const option = language === undefined ? "--picture-seconds" : "--language";
    throw usageError(`${option} is for folders, not for documents of another program.`);
  }
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
