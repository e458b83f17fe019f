import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { cleanUp } from "./clean-up.ts";
import { announceEnd } from "./produce/store/announce-end.ts";
import { PRODUCTION_TABLES } from "./produce/store/production-tables.ts";
import { SqlProductionStore } from "./produce/store/sql-production-store.ts";
import type { Database } from "./storage/database.ts";
import { FileObjectStore } from "./storage/file/file-object-store.ts";
import { migrate } from "./storage/sql/migrate.ts";
import { openPgliteInMemory } from "./storage/sql/pglite/open-pglite.ts";
import { systemClock } from "./support/clock.ts";
import { SqlDeliveryStore } from "./webhooks/delivery-store.ts";
import { WEBHOOK_TABLES } from "./webhooks/webhook-tables.ts";

const DAY_MS = 86_400_000;
const NEVER = { filmDays: null, assetDays: null };

let database: Database;
let store: SqlProductionStore;
let dataFolder: string;
/** Some time from now: files and rows are as old as the test. */
let nowMs: number;

beforeAll(async () => {
  database = await openPgliteInMemory();
  await migrate(database, [PRODUCTION_TABLES, WEBHOOK_TABLES]);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query(
    "TRUNCATE reelburst.productions, reelburst.production_events, reelburst.production_keys, reelburst.webhook_deliveries",
  );
  store = new SqlProductionStore({ database, newToken: randomUUID, onEnd: announceEnd });
  dataFolder = await mkdtemp(path.join(os.tmpdir(), "reelburst-clean-"));
  nowMs = Date.now() + 1000;
  return () => rm(dataFolder, { recursive: true, force: true });
});

const id = (letter: string): string => letter.repeat(32);
const sha = (letter: string): string => letter.repeat(64);
const turn = (retention: typeof NEVER | { filmDays: number | null; assetDays: number | null }) =>
  cleanUp({ database, dataFolder, retention, nowMs });

async function put(file: string): Promise<string> {
  const absolute = path.join(dataFolder, file);
  await mkdir(path.dirname(absolute), { recursive: true });
  await writeFile(absolute, "bytes");
  return absolute;
}

async function production(letter: string, end: "canceled" | "queued", asset = "0"): Promise<void> {
  const webhook = { url: "https://example.com/hook" };
  const document = { scenes: [{ image: `asset:${sha(asset)}` }], webhook };
  await store.create({
    id: id(letter),
    document,
    title: null,
    owner: "x",
    idempotency: { key: letter, digest: letter },
    maxQueued: 99,
  });
  if (end === "canceled") await store.cancel(id(letter));
  await put(`productions/${id(letter)}/film.mp4`);
}

const films = () => readdir(path.join(dataFolder, "productions")).then((names) => names.toSorted());
const assets = async () =>
  (await readdir(path.join(dataFolder, "assets"), { recursive: true }))
    .filter((name) => name.includes("/"))
    .toSorted();

test("without a time nothing is ever deleted", async () => {
  await production("a", "canceled");
  await put(`assets/11/${sha("1")}`);
  nowMs += 10_000 * DAY_MS;
  expect(await turn(NEVER)).toEqual({ productions: 0, assets: 0, leftovers: 0 });
  expect(await films()).toEqual([id("a")]);
});

test("productions go so many days after their end, with their files, and no day earlier", async () => {
  await production("a", "canceled");
  await production("b", "queued");
  nowMs += 7 * DAY_MS - 60_000;
  expect(await turn({ filmDays: 7, assetDays: null })).toMatchObject({ productions: 0 });
  expect(await films()).toEqual([id("a"), id("b")]);
  nowMs += 120_000;
  expect(await turn({ filmDays: 7, assetDays: null })).toMatchObject({ productions: 1 });
  expect(await films()).toEqual([id("b")]);
  expect(await store.get(id("a"))).toBeNull();
  expect(await store.eventsSince(id("a"), 0, 10)).toEqual([]);
  expect(await new SqlDeliveryStore(database).list(id("a"))).toEqual([]);
  // Its key is free again, instead of leading nowhere.
  await production("a", "queued");
});

test("assets go when no production names them and they are old enough", async () => {
  await production("a", "canceled", "1");
  const files = [sha("1"), sha("2"), sha("3")].map((each) => `${each.slice(0, 2)}/${each}`);
  for (const file of files) await put(`assets/${file}`);
  nowMs += 3 * DAY_MS;
  const fresh = path.join(dataFolder, "assets", files[2] ?? "");
  await utimes(fresh, nowMs / 1000, nowMs / 1000);
  expect(await turn({ filmDays: null, assetDays: 2 })).toMatchObject({ assets: 1 });
  expect(await assets()).toEqual([files[0], files[2]]);
  expect(await turn({ filmDays: 2, assetDays: 2 })).toMatchObject({ productions: 1, assets: 1 });
  expect(await assets()).toEqual([files[2]]);
});

test("an asset that a production names in the very moment comes back", async () => {
  await put(`assets/11/${sha("1")}`);
  let asked = 0;
  const late: Database = {
    ...database,
    query: async (sql, parameters) => {
      if (sql.includes("regexp_matches") && ++asked === 2) await production("a", "queued", "1");
      return database.query(sql, parameters);
    },
  };
  nowMs += 3 * DAY_MS;
  const retention = { filmDays: null, assetDays: 2 };
  expect(await cleanUp({ database: late, dataFolder, retention, nowMs })).toMatchObject({ assets: 0 });
  expect(await assets()).toEqual([`11/${sha("1")}`]);
});

test("a turn that was killed loses no asset", async () => {
  await put(`assets/aside/${sha("1")}`);
  await mkdir(path.join(dataFolder, "assets/11"));
  expect(await turn({ filmDays: null, assetDays: 2 })).toMatchObject({ assets: 0 });
  expect(await assets()).toEqual([`11/${sha("1")}`]);
});

test("what belongs to nothing goes after six hours, and what dead processes were writing", async () => {
  await production("a", "canceled");
  await put(`productions/${id("c")}/film.mp4`);
  await put(`productions/${id("a")}/.reelburst-999999.1.${"0".repeat(8)}-0.tmp`);
  await put("productions/notes.txt");
  expect(await turn(NEVER)).toMatchObject({ leftovers: 0 });
  nowMs += 7 * 3_600_000;
  expect(await turn(NEVER)).toMatchObject({ leftovers: 2 });
  expect(await films()).toEqual([id("a"), "notes.txt"]);
  expect(await readdir(path.join(dataFolder, "productions", id("a")))).toEqual(["film.mp4"]);
});

test("films in a shared store go with their productions, those of nobody after a while, and no others", async () => {
  const shared = new FileObjectStore({ folder: path.join(dataFolder, "store"), clock: systemClock });
  const film = (letter: string) => `videos/standard/${id(letter)}/film.mp4`;
  await production("a", "canceled");
  await production("b", "queued");
  for (const letter of ["a", "b", "c"]) await shared.put(film(letter), Buffer.from("film"));
  const inStore = async () => (await shared.list({ prefix: "videos/" })).objects.map(({ key }) => key);
  const at = (days: number) =>
    cleanUp({
      database,
      dataFolder,
      store: shared,
      retention: { filmDays: 1, assetDays: null },
      nowMs: nowMs + days * DAY_MS,
    });
  expect(await at(0)).toMatchObject({ productions: 0, leftovers: 0 });
  expect(await inStore()).toEqual([film("a"), film("b"), film("c")]);
  expect(await at(2)).toMatchObject({ productions: 1, leftovers: 1 });
  expect(await inStore()).toEqual([film("b")]);
});
