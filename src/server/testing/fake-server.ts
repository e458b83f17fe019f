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
import { PRODUCTION_MIGRATIONS } from "../../produce/store/production-migrations.ts";
import { SqlProductionStore } from "../../produce/store/sql-production-store.ts";
import { fromPglite } from "../../storage/embedded/open-embedded-database.ts";
import { FileAssetStore } from "../../storage/file/file-asset-store.ts";
import { systemClock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { makeKey } from "../auth/keys.ts";
import { KEY_MIGRATIONS, SqlKeyStore } from "../auth/sql-key-store.ts";
import type { Scope } from "../contracts.ts";
import { createServer } from "../create-server.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../dependencies.ts";
import { createMetrics } from "../metrics.ts";

export interface FakeServerOptions {
  readonly keyRequired?: boolean;
  readonly limits?: Partial<ServerLimits>;
  readonly localFolders?: readonly string[];
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
      for (const { sql } of [...PRODUCTION_MIGRATIONS, ...KEY_MIGRATIONS]) await this.#pglite.exec(sql);
    }
    await this.#pglite.exec(
      "TRUNCATE productions, production_events, production_keys, api_keys RESTART IDENTITY",
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
  { keyRequired = false, limits = {}, localFolders = [] }: FakeServerOptions,
): Promise<FakeServer> {
  const productions = new SqlProductionStore({ database, newToken: randomUUID });
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
    doctor: async function* () {
      yield { name: "cache", state: "warning", message: `${folder} is nearly full`, hint: "Tidy up." };
    },
    thumbnail: async (key) => (key === "chunk-known" ? Buffer.from("jpeg") : null),
    folderOf,
    newId: () => randomBytes(16).toString("hex"),
    diskFreeBytes: async () => 1e12,
    hide: (text) => text.replaceAll(folder, "<data>"),
    drain: async () => {},
    close: async () => {},
  };
  const keys = new SqlKeyStore(database);
  const draining = new AbortController();
  const lines: string[] = [];
  const app = await createServer({
    service,
    version: "9.9.9",
    guard: { keys, keyRequired },
    log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
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
