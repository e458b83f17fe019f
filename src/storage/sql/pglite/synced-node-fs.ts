import { fsyncSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";

/**
 * PGlite's files in a folder, with an fsync that reaches the disk.
 *
 * PGlite starts PostgreSQL with fsync off, and its file system would drop the call anyway: a commit is then safe
 * from the process's death (the bytes are the kernel's) but not from the machine's. PostgreSQL asks for the sync at
 * the right moments by itself once somebody carries it out. `relaxedDurability` is something else: it concerns
 * browser storage that is copied as a whole, and does nothing here.
 */
export class SyncedNodeFS extends NodeFS {
  readonly #sync: (descriptor: number) => void;

  constructor(folder: string, sync: (descriptor: number) => void = fsyncSync) {
    super(folder);
    this.#sync = sync;
  }

  override async init(...parameters: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(...parameters);
    const preRun = [
      ...list(emscriptenOpts.preRun),
      (module: NodeBackedModule) => addSync(module, this.#sync),
    ];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

/** What of Emscripten's module is touched; its own types leave this out. */
interface NodeBackedModule {
  readonly NODEFS?: { readonly stream_ops?: { fsync?: (stream: { readonly nfd?: number }) => number } };
}

function addSync(module: NodeBackedModule, sync: (descriptor: number) => void): void {
  const operations = module.NODEFS?.stream_ops;
  if (operations === undefined) throw new Error("PGlite's file system has another shape than expected.");
  operations.fsync = ({ nfd }) => {
    try {
      if (typeof nfd === "number") sync(nfd);
    } catch (error) {
      endProcess(error);
    }
    return 0;
  };
}

/**
 * A disk that can't keep what it was given ends a PostgreSQL server, whose next start recovers from what it did keep.
 * Here the server is this process. Tried instead: an error thrown from here, of any kind, leaves PGlite spinning for
 * ever inside a commit, or going on and confirming commits that are never written.
 */
function endProcess(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`DATABASE_STOPPED: the disk of the data folder fails: ${why}. Reelburst ends here.\n`);
  process.exit(1);
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
