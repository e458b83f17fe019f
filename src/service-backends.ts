/** Which database and which store a service works with, by its configuration; and that all its processes agree on them. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { Config } from "./config.ts";
import type { Database, MigrationSet } from "./storage/database.ts";
import { FileObjectStore } from "./storage/file/file-object-store.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { openS3Store } from "./storage/s3/s3-object-store.ts";
import { openPglite } from "./storage/sql/pglite/open-pglite.ts";
import { openPostgres } from "./storage/sql/postgres/open-postgres.ts";
import { parseStorageUrl } from "./storage/storage-url.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";

export type BackendConfig = Pick<
  Config,
  "databaseUrl" | "storageUrl" | "storageCredentials" | "redirectDownloads"
>;

/** @throws ReelburstError DATA_FOLDER_LOCKED, DATABASE_URL_INVALID, DATABASE_UNAVAILABLE, DATABASE_REFUSED */
export async function openDatabase({ databaseUrl }: BackendConfig, dataFolder: string): Promise<Database> {
  if (databaseUrl !== null) return openPostgres({ url: databaseUrl });
  return openPglite({ folder: dataFolder, startedAt: new Date(systemClock.now()) });
}

/**
 * null: there is one process, whose files lie in its data folder.
 * @throws ReelburstError CONFIG_INVALID
 */
export async function openStore(config: BackendConfig, dataFolder: string): Promise<ObjectStore | null> {
  const { storageUrl, storageCredentials, databaseUrl } = config;
  if (storageUrl === null && databaseUrl === null) return null;
  const target =
    storageUrl === null
      ? ({ kind: "file", folder: path.join(dataFolder, "objects") } as const)
      : parseStorageUrl(storageUrl);
  if (target.kind === "file") return new FileObjectStore({ folder: target.folder, clock: systemClock });
  return openS3Store({
    ...target,
    clock: systemClock,
    ...(storageCredentials === null ? {} : { credentials: storageCredentials }),
  });
}

export const SERVICE_TABLES: MigrationSet = {
  name: "service",
  steps: ["CREATE TABLE reelburst.service (name text PRIMARY KEY, value text NOT NULL)"],
};

const IDENTITY_KEY = "service/identity.json";

/**
 * The store's name for itself must be the one that this database knows. Two servers on one database with a folder each
 * would both seem to work, and films and chunks of the one be missing on the other.
 *
 * @throws ReelburstError STORAGE_NOT_SHARED
 */
export async function requireSameStore(database: Database, store: ObjectStore): Promise<void> {
  const own = (await readIdentity(store)) ?? (await writeIdentity(store));
  await database.query(
    "INSERT INTO reelburst.service (name, value) VALUES ('storage', $1) ON CONFLICT (name) DO NOTHING",
    [own],
  );
  const [row] = await database.query<{ value: string }>(
    "SELECT value FROM reelburst.service WHERE name = 'storage'",
  );
  if (row?.value === own) return;
  throw new ReelburstError(
    "STORAGE_NOT_SHARED",
    `The other processes on this database keep their files elsewhere than in ${store.location}.`,
    { path: "STORAGE_URL", hint: "Give every process the same STORAGE_URL, one that all of them reach." },
  );
}

async function readIdentity(store: ObjectStore): Promise<string | null> {
  if ((await store.head(IDENTITY_KEY)) === null) return null;
  const { stream } = await store.get(IDENTITY_KEY);
  const { id } = JSON.parse(await text(stream)) as { readonly id?: unknown };
  return typeof id === "string" ? id : null;
}

async function writeIdentity(store: ObjectStore): Promise<string> {
  const id = randomUUID();
  try {
    const ifAbsent = store.capabilities.conditionalWrites;
    await store.put(IDENTITY_KEY, Buffer.from(`${JSON.stringify({ id })}\n`), { ifAbsent });
  } catch (error) {
    if (!(error instanceof ReelburstError) || error.code !== "OBJECT_EXISTS") throw error;
  }
  // Another process may have been faster.
  return (await readIdentity(store)) ?? id;
}
