import fs from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
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
  // A disk that forgets everything that was not synced: each sync copies its file as it stands at that moment.
  it("keeps every confirmed commit when the power fails", async () => {
    const survivor = path.join(folder, "survivor");
    let syncs = 0;
    await database.close();
    // Closed and new: everything is on the disk.
    await cp(path.join(folder, "database"), path.join(survivor, "database"), { recursive: true });
    database = await openPglite({
      folder,
      startedAt: new Date(0),
      sync(descriptor) {
        syncs++;
        const file = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
        const target = path.join(survivor, path.relative(folder, file));
        fs.mkdirSync(path.dirname(target), { recursive: true });
        if (fs.statSync(file).isFile()) fs.copyFileSync(file, target);
      },
    });
    await database.query("CREATE TABLE written (n integer)");
    for (let n = 1; n <= 20; n++) {
      const before = syncs;
      await database.query("INSERT INTO written VALUES ($1)", [n]);
      expect(syncs).toBeGreaterThan(before);
      if (n === 10) await database.query("CHECKPOINT");
    }
    const after = await openPglite({ folder: survivor, startedAt: new Date(0) });
    expect(await after.query("SELECT count(*) AS n, max(n) AS last FROM written")).toEqual([
      { n: 20, last: 20 },
    ]);
    await after.close();
  });

  it("is refused while another has the folder", async () => {
    await expect(openPglite({ folder, startedAt: new Date(0) })).rejects.toMatchObject({
      code: "DATA_FOLDER_LOCKED",
    });
  });

  it("takes the same folder again, with all that was in it", async () => {
    await database.query("CREATE TABLE kept AS SELECT 42 AS answer");
    await database.close();
    await expect(database.query("SELECT 1")).rejects.toMatchObject({ code: "DATABASE_CLOSED" });
    database = await openPglite({ folder, startedAt: new Date(0) });
    expect(await database.query("SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });
});
