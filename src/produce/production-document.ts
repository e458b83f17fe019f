/**
 * A production as it comes over the wire -> one with files: sources are `asset:<sha256>` (with an extension where the
 * format wants one, `asset:<sha256>.srt`), URLs, which stay as they are until the work begins and fetches them, or paths
 * on this machine where the server's owner has allowed folders.
 */
import { realpath } from "node:fs/promises";
import path from "node:path";
import { checkFiles } from "../spec/check-files.ts";
import { errorIssue, hasErrors, type Issue } from "../spec/issue.ts";
import { mapSources } from "../spec/map-sources.ts";
import { type ParseResult, parseProduction } from "../spec/parse.ts";
import { isInside, isUrl } from "../spec/source-path.ts";
import type { AssetStore } from "../storage/asset-store.ts";

export interface DocumentContext {
  readonly assets: Pick<AssetStore, "find">;
  /** Absolute folders whose files may be named by path; none: only assets. */
  readonly localFolders: readonly string[];
}

const ASSET = /^asset:([0-9a-f]{64})(?:\.[A-Za-z0-9]{1,5})?$/;

/**
 * Where the parser resolves `asset:…` to, as if it were a relative path. No such folder needs to exist; what lies in it
 * afterwards and is no asset was a relative path, which means nothing to a server.
 */
const NOWHERE = path.resolve("/reelburst-document");

/** Never throws for what a caller can do wrong. @throws the signal's reason when aborted */
export async function openDocument(
  document: unknown,
  context: DocumentContext,
  signal?: AbortSignal,
): Promise<ParseResult> {
  const parsed = parseProduction(document, { baseDirectory: NOWHERE, allowUrls: true });
  if (parsed.production === null) return parsed;
  const sources = new Map<string, string>();
  mapSources(parsed.production, (source, at) => {
    if (!sources.has(source)) sources.set(source, at);
    return source;
  });
  const files = new Map<string, string>();
  const issues: Issue[] = [];
  const folders = await Promise.all(context.localFolders.map((folder) => realpath(folder)));
  for (const [source, at] of sources) {
    signal?.throwIfAborted();
    const file = await locate(source, at, context, folders);
    if (typeof file === "string") files.set(source, file);
    else issues.push(file);
  }
  if (parsed.production.run.where !== "auto" && parsed.production.run.where !== "local") {
    issues.push(
      errorIssue("POOL_UNKNOWN", "run.where", "This server has no such pool.", 'Write "auto" or "local".'),
    );
  }
  const production = mapSources(parsed.production, (source) => files.get(source) ?? source);
  if (issues.length === 0) issues.push(...(await checkFiles(production, signal ? { signal } : {})));
  const all = [...issues, ...parsed.issues];
  return { production: hasErrors(all) ? null : production, issues: all };
}

async function locate(
  source: string,
  at: string,
  { assets }: DocumentContext,
  folders: readonly string[],
): Promise<string | Issue> {
  if (isUrl(source)) return source;
  if (isInside(NOWHERE, source)) {
    const name = path.relative(NOWHERE, source);
    const digest = ASSET.exec(name)?.[1];
    if (digest === undefined) {
      return errorIssue(
        "SOURCE_NOT_ALLOWED",
        at,
        "A source here is an asset; a relative path means nothing to the server.",
        "PUT the file to /v1/assets/<its SHA-256> and write asset:<that SHA-256>.",
      );
    }
    const asset = await assets.find(digest);
    if (asset !== null) return asset.file;
    return errorIssue(
      "ASSET_MISSING",
      at,
      "The server does not have this asset.",
      `PUT it to /v1/assets/${digest}.`,
    );
  }
  const refused = errorIssue(
    "SOURCE_NOT_ALLOWED",
    at,
    folders.length === 0
      ? "This server takes no paths of files."
      : "This path is outside of the folders that this server may read.",
    "PUT the file to /v1/assets/<its SHA-256> and write asset:<that SHA-256>.",
  );
  if (folders.length === 0) return refused;
  // One answer for what is missing and what is forbidden: it must not tell what lies elsewhere on this machine.
  const real = await realpath(source).catch(() => null);
  return real !== null && folders.some((folder) => isInside(folder, real)) ? real : refused;
}
