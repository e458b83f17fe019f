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
  override async init(...parameters: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(...parameters);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...list(emscriptenOpts.preRun), addSync] } };
  }
}

/** What of Emscripten's module is touched; its own types leave this out. */
interface NodeBackedModule {
  readonly NODEFS?: { readonly stream_ops?: { fsync?: (stream: { readonly nfd?: number }) => number } };
}

function addSync(module: NodeBackedModule): void {
  const operations = module.NODEFS?.stream_ops;
  if (operations === undefined) throw new Error("PGlite's file system has another shape than expected.");
  operations.fsync = ({ nfd }) => {
    // Folders have no descriptor here. Names are safe all the same: the file systems that matter write the name
    // of a new file with its first sync, and rename is used for small files that have an older version.
    if (typeof nfd === "number") fsyncSync(nfd);
    return 0;
  };
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
