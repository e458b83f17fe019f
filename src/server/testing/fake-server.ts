/** The HTTP application on a real database in memory and real files, with films that are only a few bytes. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { Service } from "../../app.ts";
import { openDocument } from "../../produce/production-document.ts";
import type { Claim } from "../../produce/production-store.ts";
import { announceEnd } from "../../produce/store/announce-end.ts";
import { PRODUCTION_TABLES } from "../../produce/store/production-tables.ts";
import { SqlProductionStore } from "../../produce/store/sql-production-store.ts";
import type { Database } from "../../storage/database.ts";
import { FileAssetStore } from "../../storage/file/file-asset-store.ts";
import { SECRET_TABLES, SecretStore } from "../../storage/secret-store.ts";
import { migrate } from "../../storage/sql/migrate.ts";
import { openPgliteInMemory } from "../../storage/sql/pglite/open-pglite.ts";
import { type Clock, systemClock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { WEBHOOK_TABLES } from "../../webhooks/webhook-tables.ts";
import { makeKey } from "../auth/keys.ts";
import { KEY_TABLES, SqlKeyStore } from "../auth/sql-key-store.ts";
import { COMPAT_TABLES } from "../compat/compat-job-store.ts";
import type { Scope } from "../contracts.ts";
import { createServer } from "../create-server.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../dependencies.ts";
import { createMetrics } from "../metrics.ts";
import { openLinkSigner } from "../signed-links.ts";
import { createStorageWatch } from "../storage-watch.ts";
import { createWebhookDesk } from "../webhook-desk.ts";

export interface FakeServerOptions {
  readonly keyRequired?: boolean;
  readonly limits?: Partial<ServerLimits>;
  readonly localFolders?: readonly string[];
  readonly clock?: Clock;
  /** How far the clock that links are checked by is ahead. */
  readonly clockOffsetMs?: () => number;
  readonly diskFreeBytes?: () => number;
}

export interface FakeServer {
  readonly app: FastifyInstance;
  readonly service: Service;
  readonly folder: string;
  readonly draining: AbortController;
  /** Everything logged. */
  log(): string;
  key(scopes: readonly Scope[]): Promise<string>;
  /** @returns `asset:<sha256>` */
  asset(text: string): Promise<string>;
  /** What a worker would do: claims the next production and ends it with this film. */
  finish(film: string): Promise<Claim>;
  /** The same with `deliver: scenes`: one file each, by the scenes' ids. */
  finishScenes(films: Readonly<Record<string, string>>): Promise<Claim>;
}

/** One database for a test file: opening takes seconds. */
export class FakeServers {
  #database: Database | null = null;
  readonly #ends: (() => Promise<unknown>)[] = [];

  async open(options: FakeServerOptions = {}): Promise<FakeServer> {
    if (this.#database === null) {
      this.#database = await openPgliteInMemory();
      await migrate(this.#database, [
        PRODUCTION_TABLES,
        SECRET_TABLES,
        WEBHOOK_TABLES,
        KEY_TABLES,
        COMPAT_TABLES,
      ]);
    }
    await this.#database.query(
      `TRUNCATE reelburst.productions, reelburst.production_events, reelburst.production_keys, reelburst.api_keys,
         reelburst.compat_jobs, reelburst.webhook_deliveries, reelburst.server_secrets RESTART IDENTITY`,
    );
    const folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-server-"));
    this.#ends.push(() => rm(folder, { recursive: true, force: true }));
    const server = await build(this.#database, folder, options);
    this.#ends.push(() => server.app.close());
    return server;
  }

  /** Another server on what the first one left. */
  async reopen({ folder }: FakeServer, options: FakeServerOptions = {}): Promise<FakeServer> {
    if (this.#database === null) throw new Error("Nothing was open.");
    const server = await build(this.#database, folder, options);
    this.#ends.push(() => server.app.close());
    return server;
  }

  async closeAll(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
    await this.#database?.close();
  }
}

async function build(
  database: Service["database"],
  folder: string,
  {
    keyRequired = false,
    limits = {},
    localFolders = [],
    clockOffsetMs = () => 0,
    diskFreeBytes = () => 1e12,
    clock = systemClock,
  }: FakeServerOptions,
): Promise<FakeServer> {
  const productions = new SqlProductionStore({ database, newToken: randomUUID, onEnd: announceEnd });
  const assets = new FileAssetStore(path.join(folder, "assets"), systemClock.now);
  const folderOf = (id: string): string => path.join(folder, "productions", id);
  const service: Service = {
    database,
    productions,
    assets,
    workerId: "test-1",
    workers: async () => [
      {
        id: "test-1",
        role: "server",
        host: "test",
        slots: 2,
        engine: "test",
        productions: [],
        chunks: 0,
        finished: 7,
        draining: false,
        startedMs: 0,
        heartbeatAgeMs: 1240,
      },
    ],
    open: (document, signal) => openDocument(document, { assets, localFolders }, signal),
    plan: async () => {
      throw new ReelburstError("INTERNAL", `Nobody plans here, least of all in ${folder}.`);
    },
    estimate: async () => ({ seconds: 12.5, basis: "a test" }),
    doctor: async function* () {
      yield { name: "cache", state: "warning", message: `${folder} is nearly full`, hint: "Tidy up." };
    },
    output: ({ id }, relative) => ({ kind: "file", file: path.join(folderOf(id), ...relative.split("/")) }),
    thumbnail: async (key) => (key === "chunk-known" ? Buffer.from("jpeg") : null),
    newId: () => randomBytes(16).toString("hex"),
    diskFreeBytes: async () => diskFreeBytes(),
    cleanUp: async () => ({ productions: 0, assets: 0, leftovers: 0 }),
    hide: (text) => text.replaceAll(folder, "<data>"),
    drain: async () => {},
    close: async () => {},
  };
  const keys = new SqlKeyStore(database);
  const secrets = new SecretStore(database, systemClock.now);
  const webhooks = createWebhookDesk(database, secrets);
  const draining = new AbortController();
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const app = await createServer({
    service,
    version: "9.9.9",
    guard: {
      keys,
      keyRequired,
      links: await openLinkSigner(secrets, () => systemClock.now() + clockOffsetMs()),
    },
    webhooks,
    log,
    storage: createStorageWatch(() => service.diskFreeBytes(), DEFAULT_LIMITS.minDiskBytes, log),
    metrics: createMetrics(),
    clock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    draining: draining.signal,
    spoolFolder: path.join(folder, "spool"),
  });
  return {
    app,
    service,
    folder,
    draining,
    log: () => lines.join(""),
    key: async (scopes) => {
      const { key, stored } = makeKey("test", scopes, systemClock.now());
      await keys.add(stored);
      return key;
    },
    asset: async (text) => {
      const sha256 = createHash("sha256").update(text).digest("hex");
      const file = path.join(folder, "assets", sha256.slice(0, 2), sha256);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
      return `asset:${sha256}`;
    },
    finish: async (film) => {
      const claim = await productions.claim({ workerId: "local@test", leaseMs: 60_000 });
      if (claim === null) throw new Error("Nothing is queued.");
      await mkdir(folderOf(claim.id), { recursive: true });
      await writeFile(path.join(folderOf(claim.id), "film.mp4"), film);
      await productions.record(claim, {
        state: "succeeded",
        result: {
          width: 192,
          height: 108,
          fps: 10,
          frames: 10,
          seconds: 1,
          sizeBytes: film.length,
          encoder: "libx264",
          integratedLufs: null,
          files: [{ kind: "film", path: "film.mp4", sizeBytes: film.length }],
        },
        events: [{ type: "state", data: { state: "succeeded" }, slot: null }],
      });
      return claim;
    },
    finishScenes: async (films) => {
      const claim = await productions.claim({ workerId: "local@test", leaseMs: 60_000 });
      if (claim === null) throw new Error("Nothing is queued.");
      const files = Object.entries(films).map(([id, film]) => ({ id, film, path: `scenes/${id}.mp4` }));
      await mkdir(path.join(folderOf(claim.id), "scenes"), { recursive: true });
      for (const { film, path: file } of files) await writeFile(path.join(folderOf(claim.id), file), film);
      await productions.record(claim, {
        state: "succeeded",
        scenes: files.map(({ id, path: file }) => ({
          id,
          status: "done",
          attempt: 1,
          cached: false,
          framesRendered: 10,
          framesTotal: 10,
          worker: "local@test",
          renderMs: 1,
          file,
        })),
        result: {
          width: 192,
          height: 108,
          fps: 10,
          frames: 10,
          seconds: 1,
          sizeBytes: 0,
          encoder: "libx264",
          integratedLufs: null,
          files: files.map(({ film, path: file }) => ({ kind: "scene", path: file, sizeBytes: film.length })),
        },
        events: [{ type: "state", data: { state: "succeeded" }, slot: null }],
      });
      return claim;
    },
  };
}
