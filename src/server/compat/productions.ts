/** Older requests as productions: queued like any other, waited for, and given up when nobody waits any more. */
import type { FastifyRequest } from "fastify";
import { isEnded, type ProductionRecord } from "../../produce/production-store.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { InvalidProduction } from "../problem.ts";
import { renamed } from "./old-errors.ts";

export interface OldRequest {
  readonly document: Readonly<Record<string, unknown>>;
  /** A place in the production -> the field of the older request it came from. */
  readonly rename: (path: string) => string;
}

/** @throws ReelburstError QUEUE_FULL, InvalidProduction with the older request's places */
export async function submit(
  { service, limits }: ServerDependencies,
  { document, rename }: OldRequest,
  owner: string,
): Promise<ProductionRecord> {
  const { production, issues } = await service.open(document);
  if (production === null) throw renamed(new InvalidProduction(issues), rename);
  const answer = await service.productions.create({
    id: service.newId(),
    document,
    title: production.title,
    owner,
    idempotency: null,
    maxQueued: limits.maxQueued,
  });
  if (answer.kind === "created") return answer.production;
  throw new ReelburstError("QUEUE_FULL", "Too many productions are waiting.", {
    retryable: true,
    hint: "Wait as long as Retry-After says and send it again.",
  });
}

/** Changes made by other servers are not heard of; they are looked for, more seldom the longer it takes. */
const LOOK_MS = { first: 500, factor: 1.5, most: 5000 };

/**
 * @returns the production when it has ended, or as it is when `signal` aborts
 * @throws ReelburstError PRODUCTION_NOT_FOUND
 */
export async function waitForEnd(
  { service, clock }: ServerDependencies,
  id: string,
  signal: AbortSignal,
): Promise<ProductionRecord> {
  let wake = (): void => {};
  let changed = false;
  let lookMs = LOOK_MS.first;
  const stop = service.productions.subscribe((each) => {
    if (each !== id) return;
    changed = true;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      changed = false;
      const record = await service.productions.get(id);
      if (record === null) {
        throw new ReelburstError("PRODUCTION_NOT_FOUND", "There is no such production any more.");
      }
      if (isEnded(record.state) || signal.aborted) return record;
      if (changed) continue;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(lookMs, resolve);
        lookMs = Math.min(LOOK_MS.most, lookMs * LOOK_MS.factor);
        wake = () => {
          cancel();
          resolve();
        };
        if (signal.aborted || changed) wake();
      });
      wake = () => {};
    }
  } finally {
    stop();
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * For the older APIs that answer with the finished film: waits with the request open. When the client goes away, or the
 * server goes down, the production is canceled: its file would have no reader.
 * @throws ReelburstError CLIENT_GONE, SERVER_DRAINING
 */
export async function waitForClient(
  dependencies: ServerDependencies,
  id: string,
  request: FastifyRequest,
): Promise<ProductionRecord> {
  const { service, draining } = dependencies;
  const { socket } = request.raw;
  const over = new AbortController();
  const end = (): void => over.abort();
  // Nothing is sent for minutes: without probes a router in between forgets the connection.
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.once("close", end);
  draining.addEventListener("abort", end);
  if (socket.destroyed || draining.aborted) end();
  try {
    const record = await waitForEnd(dependencies, id, over.signal);
    if (isEnded(record.state)) return record;
    await service.productions.cancel(id);
    if (draining.aborted) {
      throw new ReelburstError("SERVER_DRAINING", "The server is going down.", {
        retryable: true,
        hint: "Send the request again when it is back: what was rendered is kept.",
      });
    }
    throw new ReelburstError("CLIENT_GONE", "The client went away before its film was finished.");
  } finally {
    socket.off("close", end);
    draining.removeEventListener("abort", end);
  }
}

const KEEP_ALIVE_MS = 15_000;

/**
 * A scene's own file: every older API gets scenes as files, because a film would have half a second of air around it. By
 * its id: in what order a worker tells of its scenes is its own affair.
 */
export function sceneFile(
  record: ProductionRecord,
  sceneId: string,
): { readonly path: string; readonly sizeBytes: number } | null {
  const file = record.scenes.find(({ id }) => id === sceneId)?.file ?? null;
  return record.result?.files.find((each) => each.path === file) ?? null;
}
