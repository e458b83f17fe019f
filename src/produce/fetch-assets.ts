/** The stage before gathering: what a production names by URL comes to this machine. */
import type { FileNoun } from "../spec/check-files.ts";
import { mapSources } from "../spec/map-sources.ts";
import type { Production } from "../spec/production.ts";
import { isUrl } from "../spec/source-path.ts";
import { ReelburstError } from "../support/errors.ts";
import type { ProductionEvent } from "./events.ts";
import { mapLimit } from "./map-limit.ts";
import { type RemoteSources, stemOf } from "./remote-sources.ts";

export interface FetchAssetsContext {
  /** Null where nothing may be fetched. */
  readonly assets: Pick<RemoteSources, "open"> | null;
  readonly signal: AbortSignal;
  readonly emit: (event: ProductionEvent) => void;
}

export interface FetchedAssets {
  /** With paths in place of the URLs that could be fetched. */
  readonly production: Production;
  /** Place in the production -> why what it names could not be fetched. */
  readonly failures: ReadonlyMap<string, ReelburstError>;
}

const AT_ONCE = 4;
/** Events for one file, at most; a stream of them helps nobody. */
const EVENTS_PER_SECOND = 4;

interface Wanted {
  readonly url: string;
  readonly what: FileNoun;
}

/**
 * Every URL once, however many scenes name it; as two different things, twice. A production without URLs comes back as
 * it is.
 * @throws ReelburstError ABORTED, and what is wrong with this machine (DISK_FULL)
 */
export async function fetchAssets(
  production: Production,
  context: FetchAssetsContext,
): Promise<FetchedAssets> {
  const wanted = new Map<string, Wanted>();
  mapSources(production, (url, _, what) => {
    if (isUrl(url)) wanted.set(keyOf(url, what), { url, what });
    return url;
  });
  if (wanted.size === 0) return { production, failures: new Map() };
  const results = new Map<string, string | ReelburstError>();
  let done = 0;
  await mapLimit([...wanted], AT_ONCE, async ([key, asset]) => {
    const tell = (receivedBytes: number, totalBytes: number | null): void =>
      context.emit({
        type: "fetched",
        done,
        total: wanted.size,
        name: stemOf(asset.url),
        receivedBytes,
        totalBytes,
      });
    tell(0, null);
    results.set(key, await openAsset(asset, context, tell));
    done += 1;
    tell(0, null);
  });
  const failures = new Map<string, ReelburstError>();
  const local = mapSources(production, (url, path, what) => {
    const result = results.get(keyOf(url, what));
    if (typeof result === "string") return result;
    if (result !== undefined) failures.set(path, result);
    return url;
  });
  return { production: local, failures };
}

async function openAsset(
  { url, what }: Wanted,
  { assets, signal }: FetchAssetsContext,
  tell: (receivedBytes: number, totalBytes: number | null) => void,
): Promise<string | ReelburstError> {
  if (assets === null) {
    return new ReelburstError("SOURCE_URL_UNSUPPORTED", "This is a URL, and nothing is fetched here.", {
      hint: "Download the file and write its path.",
    });
  }
  let toldMs = performance.now();
  try {
    return await assets.open(url, what, {
      signal,
      onBytes: (receivedBytes, totalBytes) => {
        if (performance.now() - toldMs < 1000 / EVENTS_PER_SECOND) return;
        toldMs = performance.now();
        tell(receivedBytes, totalBytes);
      },
    });
  } catch (error) {
    if (error instanceof ReelburstError && isAboutTheUrl(error.code)) return error;
    throw error;
  }
}

function isAboutTheUrl(code: string): boolean {
  return code.startsWith("URL_") || code.startsWith("FETCH_") || code === "FILE_EMPTY";
}

function keyOf(url: string, what: FileNoun): string {
  return `${what} ${url}`;
}
