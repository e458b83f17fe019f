/** Stored productions as clients see them. Pure. */
import { posix } from "node:path";
import type { Service } from "../app.ts";
import type { ProductionRecord, ProductionSummary, StoredResult } from "../produce/production-store.ts";
import type { GuardOptions } from "./auth/guard.ts";
import type { ProductionSummaryView, ProductionView } from "./contracts.ts";

const LOCAL_BASIS = "local pool: this machine, nothing is billed";

export const NO_COSTS = { accrued: 0, currency: "USD", basis: LOCAL_BASIS, lines: [] } as const;

export function localQuote(predictedSeconds: number | null, basis: string) {
  return {
    where: "local",
    machines: 1,
    seconds: predictedSeconds,
    cost: { amount: 0, currency: "USD" as const, basis: LOCAL_BASIS },
    notes: [basis],
  };
}

/** Beats come every 5 s. */
const LOST_AFTER_MS = 20_000;

export function workerView(worker: Awaited<ReturnType<Service["workers"]>>[number]) {
  const { id, role, host, slots, chunks, finished, productions, heartbeatAgeMs, draining } = worker;
  const isBusy = productions.length > 0 || chunks > 0;
  return {
    id,
    pool: "local",
    role,
    host,
    state:
      heartbeatAgeMs > LOST_AFTER_MS
        ? ("lost" as const)
        : draining
          ? ("draining" as const)
          : isBusy
            ? ("busy" as const)
            : ("idle" as const),
    slots,
    chunks,
    chunksFinished: finished,
    productions: [...productions],
    startedAt: iso(worker.startedMs),
    heartbeatAgeSeconds: Math.round(heartbeatAgeMs / 100) / 10,
  };
}

export function linksOf(id: string) {
  return { self: `/v1/productions/${id}`, events: `/v1/productions/${id}/events` };
}

/** Makes the address of a file one that works without a key. */
export type SignLink = (path: string) => string;

const unsigned: SignLink = (path) => path;

/** Where no key is asked for, links need not be signed, and stay the same for ever. */
export function linkSigner({ keyRequired, links }: GuardOptions): SignLink {
  return keyRequired ? links.sign : unsigned;
}

export function summaryView(summary: ProductionSummary, sign: SignLink = unsigned): ProductionSummaryView {
  const { framesRendered, framesTotal, fps, etaSeconds } = summary.progress;
  const done = framesTotal === 0 ? 0 : Math.min(1, framesRendered / framesTotal);
  const { error } = summary;
  return {
    id: summary.id,
    status: summary.state,
    title: summary.title,
    attempt: summary.attempt,
    // Frames may all be there while the sound is still being mixed: not done is not 1.
    progress: summary.state === "succeeded" ? 1 : Math.min(done, 0.999),
    framesRendered,
    framesTotal,
    fps,
    etaSeconds,
    cancelRequested: summary.cancelRequested,
    error: error === null ? null : { ...error, scene: sceneOf(error.path) },
    createdAt: iso(summary.createdMs),
    updatedAt: iso(summary.updatedMs),
    startedAt: summary.startedMs === null ? null : iso(summary.startedMs),
    endedAt: summary.endedMs === null ? null : iso(summary.endedMs),
    sceneCount: summary.sceneCount,
    seconds: summary.seconds,
    posterUrl: summary.poster === null ? null : sign(fileUrl(linksOf(summary.id).self, summary.poster)),
    costs: { ...NO_COSTS, lines: [] },
  };
}

export function productionView(record: ProductionRecord, sign: SignLink = unsigned): ProductionView {
  const { id, result } = record;
  const base = linksOf(id).self;
  const has = (kind: string): boolean => result?.files.some((file) => file.kind === kind) ?? false;
  return {
    ...summaryView(record, sign),
    error: record.error === null ? null : { ...record.error, scene: sceneIdOf(record) },
    document: { ...record.document },
    scenes: record.scenes.map(({ file, thumbnail, ...scene }) => ({
      ...scene,
      url: file === null ? null : sign(`${base}/scenes/${scene.id}/output`),
      // With the chunk's key: another picture has another address, so browsers may keep them.
      thumbnailUrl: thumbnail == null ? null : `${base}/scenes/${scene.id}/thumbnail?of=${thumbnail}`,
    })),
    problems: [...record.problems],
    result:
      result === null
        ? null
        : {
            ...result,
            files: result.files.map((file) => fileView(base, file, sign)),
            findings: [...(result.findings ?? [])],
            notices: [...(result.notices ?? [])],
          },
    url: has("film") ? sign(`${base}/output`) : null,
    lastEventId: record.lastSequence,
    links: linksOf(id),
  };
}

function fileView(base: string, { kind, path, sizeBytes }: StoredResult["files"][number], sign: SignLink) {
  return { kind, name: posix.basename(path), sizeBytes, url: sign(fileUrl(base, path)) };
}

function fileUrl(base: string, path: string): string {
  return `${base}/files/${encodeURIComponent(posix.basename(path))}`;
}

/** `scenes[2].image` -> `2`; the id stands in the document or follows from the number. */
function sceneOf(path: string | undefined): string | null {
  return /^scenes\[(\d+)\]/.exec(path ?? "")?.[1] ?? null;
}

function sceneIdOf(record: ProductionRecord): string | null {
  const index = sceneOf(record.error?.path);
  if (index === null) return null;
  const scenes: unknown = record.document["scenes"];
  const scene: unknown = Array.isArray(scenes) ? scenes[Number(index)] : undefined;
  const id = (scene as { id?: unknown } | undefined)?.id;
  return typeof id === "string" ? id : index;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
