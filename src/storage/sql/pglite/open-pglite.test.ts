import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeDatabase } from "../../../../test/contracts/database.contract.ts";
import { openPglite, type PgliteDatabase } from "./open-pglite.ts";

let folder: string;
let database: PgliteDatabase;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-pglite-"));
  database = await openPglite({ folder, startedAt: new Date(0) });
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

describeDatabase("PGlite", () => database);

describe("PGlite in a folder", () => {
  it("is refused while another has the folder", async () => {
    await expect(openPglite({ folder, startedAt: new Date(0) })).rejects.toMatchObject({
      code: "DATA_FOLDER_LOCKED",
    });
  });

  it("puts every commit on the disk before it is answered", async () => {
    const [settings] = await database.query<{ fsync: string }>("SHOW fsync");
    expect(settings).toEqual({ fsync: "on" });
    await database.query("CREATE TABLE synced (a integer)");
    const before = syncedBytes(folder);
    await database.query("INSERT INTO synced VALUES (1)");
    // The log on the disk as others see it: the row's record is there when the answer is.
    expect(syncedBytes(folder)).not.toBe(before);
  });

  it("takes the same folder again, with all that was in it", async () => {
    await database.query("CREATE TABLE kept AS SELECT 42 AS answer");
    await database.close();
    await expect(database.query("SELECT 1")).rejects.toMatchObject({ code: "DATABASE_CLOSED" });
    database = await openPglite({ folder, startedAt: new Date(0) });
    expect(await database.query("SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });
});

function syncedBytes(root: string): string {
  const log = path.join(root, "database", "pg_wal");
  const files = fs.readdirSync(log).filter((name) => /^[0-9A-F]{24}$/.test(name));
  return files.map((name) => fs.readFileSync(path.join(log, name)).toString("base64").slice(0, 4e6)).join();
}
