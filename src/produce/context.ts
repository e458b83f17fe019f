import type { JobQueue } from "../jobs/queue.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import type { ResolvedEncoder } from "../render/encode/resolve-encoder.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { Production } from "../spec/production.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import type { ProductionEvent } from "./events.ts";
import type { MachineSource } from "./machine-source.ts";
import type { SharedChunks } from "./queued-chunks.ts";
import type { RemoteSources } from "./remote-sources.ts";

/** What carrying out a production needs of the world. */
export interface ProduceContext {
  readonly productionId: string;
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly queue: JobQueue;
  /** Where several processes draw: a server's chunks go there, a render's own through `queue`. */
  readonly shared?: SharedChunks | undefined;
  /** Machines that draw beside this one, for a render of its own. */
  readonly machines?: MachineSource | undefined;
  /** How many slots of `runner` draw chunks; all of them when left out. 0: machines alone draw. */
  readonly drawingSlots?: number | undefined;
  readonly faces: FaceLibrary;
  readonly encoder: (production: Production) => Promise<ResolvedEncoder>;
  readonly audioBitrate: (production: Production) => number;
  /** For sources that are URLs; without it these are refused. */
  readonly assets?: Pick<RemoteSources, "open">;
  /** Exists, belongs to this run, removed by the caller. */
  readonly tempRoot: string;
  /** What the user knows as the cache folder, for messages; `tempRoot` and the cache lie in it. */
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly emit: (event: ProductionEvent) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}
