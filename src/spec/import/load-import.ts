import { readdir, stat } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import type { CheckFilesOptions } from "../check-files.ts";
import { checkFiles, checkReferences } from "../check-files.ts";
import { describeFileError } from "../file-errors.ts";
import type { Issue } from "../issue.ts";
import { errorIssue, hasErrors, warningIssue } from "../issue.ts";
import { readDocumentFile } from "../load.ts";
import { parseProduction, parseResult } from "../parse.ts";
import type { Production } from "../production.ts";
import { readableFiles } from "../readable-files.ts";
import type { AssetFolder } from "./assets.ts";
import type { Imported, ImportedInput, Unmapped } from "./importer.ts";
import { IMPORTERS, type ImportFormat } from "./importers.ts";
import type { PathOrigins } from "./path-origins.ts";

export interface LoadImportOptions extends CheckFilesOptions {
  readonly format: ImportFormat;
  /** Absolute: the folder with files that the document names by URL. */
  readonly assets: string | null;
  /** What is not carried over is an error. */
  readonly strict: boolean;
}

export interface LoadedImport {
  /** Null exactly when `issues` holds an error. */
  readonly production: Production | null;
  /** Errors first; paths are those of the document wherever they have one. */
  readonly issues: readonly Issue[];
  /** Null when nothing could be read. */
  readonly input: ImportedInput | null;
  readonly origins: PathOrigins | null;
}

/**
 * A document of another program as a production, its files looked at. Relative paths are the document's folder's.
 * Never throws for what a user can do wrong.
 * @param path absolute
 * @throws the signal's reason when aborted
 */
export async function loadImport(path: string, options: LoadImportOptions): Promise<LoadedImport> {
  const failed = (issues: readonly Issue[]): LoadedImport => ({
    production: null,
    issues,
    input: null,
    origins: null,
  });
  const baseDirectory = dirname(path);
  let assets: AssetFolder | null = null;
  try {
    assets = options.assets === null ? null : await listAssets(options.assets, baseDirectory);
  } catch (error) {
    return failed([describeFileError(error, options.assets ?? "", "folder of assets")]);
  }
  try {
    if (!(await stat(path)).isFile()) {
      const hint = "Name the document itself.";
      return failed([errorIssue("FILE_NOT_REGULAR", path, "With --from the source is a file.", hint)]);
    }
    const document = await readDocumentFile(path, path);
    if (hasErrors(document.issues)) return failed(document.issues);
    const imported = IMPORTERS[options.format].read(document.value, { assets });
    return await judge(imported, document.issues, baseDirectory, options);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return failed([describeFileError(error, path, "document")]);
  }
}

async function judge(
  { input, origins, unmapped, issues }: Imported,
  ofDocument: readonly Issue[],
  baseDirectory: string,
  options: LoadImportOptions,
): Promise<LoadedImport> {
  const losses = unmapped.map((loss) => asIssue(loss, options.strict));
  const context = { baseDirectory };
  // Without scenes the one thing to say has been said.
  const parsed =
    input.scenes.length === 0 ? { production: null, issues: [] } : parseProduction(input, context);
  const ofFiles =
    parsed.production === null
      ? await checkReferences(readableFiles(input, context), baseDirectory, options)
      : await checkFiles(parsed.production, options);
  const missing = new Set(issues.map(({ path }) => path));
  const ours = [...parsed.issues, ...ofFiles]
    .map((issue) => origins.translate(issue))
    .filter(({ code, path }) => code !== "FILE_NOT_FOUND" || !missing.has(path));
  const result = parseResult(parsed.production, [...ofDocument, ...issues, ...ours, ...losses]);
  return { ...result, input, origins };
}

function asIssue({ path, message, hint }: Unmapped, strict: boolean): Issue {
  return (strict ? errorIssue : warningIssue)("IMPORT_UNMAPPED", path, message, hint);
}

async function listAssets(folder: string, baseDirectory: string): Promise<AssetFolder> {
  const entries = await readdir(folder, { withFileTypes: true });
  return {
    path: relative(resolve(baseDirectory), folder).split(sep).join("/"),
    names: entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .toSorted(),
  };
}
