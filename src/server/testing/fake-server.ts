/** The HTTP application on a real database in memory and real files, with films that are only a few bytes. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { Service } from "../../app.ts";
import { openDocument } from "../../produce/production-document.ts";
import type { Claim } from "../../produce/production-store.ts";
import { announceEnd } from "../../produce/store/announce-end.ts";
import { PRODUCTION_MIGRATIONS } from "../../produce/store/production-migrations.ts";
import { SqlProductionStore } from "../../produce/store/sql-production-store.ts";
import { fromPglite } from "../../storage/embedded/open-embedded-database.ts";
import { FileAssetStore } from "../../storage/file/file-asset-store.ts";
import { namedSteps } from "../../storage/named-steps.ts";
import { SECRET_TABLES, SecretStore } from "../../storage/secret-store.ts";
import { systemClock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { WEBHOOK_TABLES } from "../../webhooks/webhook-tables.ts";
import { makeKey } from "../auth/keys.ts";
import { KEY_MIGRATIONS, SqlKeyStore } from "../auth/sql-key-store.ts";
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
}

/** One database for a test file: opening takes seconds. */
export class FakeServers {
  #pglite: PGlite | null = null;
  readonly #ends: (() => Promise<unknown>)[] = [];

  async open(options: FakeServerOptions = {}): Promise<FakeServer> {
    if (this.#pglite === null) {
      this.#pglite = await PGlite.create();
      const own = [...PRODUCTION_MIGRATIONS, ...namedSteps([SECRET_TABLES, WEBHOOK_TABLES])];
      for (const { sql } of [...own, ...KEY_MIGRATIONS]) await this.#pglite.exec(sql);
    }
    await this.#pglite.exec(
      "TRUNCATE productions, production_events, production_keys, api_keys, reelburst.webhook_deliveries, reelburst.server_secrets RESTART IDENTITY",
    );
    const folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-server-"));
    this.#ends.push(() => rm(folder, { recursive: true, force: true }));
    const server = await build(fromPglite(this.#pglite), folder, options);
    this.#ends.push(() => server.app.close());
    return server;
  }

  async closeAll(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
    await this.#pglite?.close();
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
  }: FakeServerOptions,
): Promise<FakeServer> {
  const productions = new SqlProductionStore({ database, newToken: randomUUID, onEnd: announceEnd });
  const assets = new FileAssetStore(path.join(folder, "assets"), systemClock.now);
  const folderOf = (id: string): string => path.join(folder, "productions", id);
  const service: Service = {
    database,
    productions,
    assets,
    runner: { workerId: "local@test", active: () => [] },
    slots: 2,
    open: (document, signal) => openDocument(document, { assets, localFolders }, signal),
    plan: async () => {
      throw new ReelburstError("INTERNAL", `Nobody plans here, least of all in ${folder}.`);
    },
    estimate: async () => ({ seconds: 12.5, basis: "a test" }),
    doctor: async function* () {
      yield { name: "cache", state: "warning", message: `${folder} is nearly full`, hint: "Tidy up." };
    },
    folderOf,
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
    clock: systemClock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    draining: draining.signal,
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
  };
}
