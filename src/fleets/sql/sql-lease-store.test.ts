import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeLeaseStore, leaseOf } from "../../../test/contracts/lease-store.contract.ts";
import type { Database } from "../../storage/database.ts";
import { migrate } from "../../storage/sql/migrate.ts";
import { openPglite } from "../../storage/sql/pglite/open-pglite.ts";
import { LEASE_TABLES } from "./lease-tables.ts";
import { SqlLeaseStore } from "./sql-lease-store.ts";

let folder: string;
let database: Database;
const open = () => openPglite({ folder, startedAt: new Date(0) });
const storeOn = (on: Database) => new SqlLeaseStore({ database: on, newOwner: () => `rb-${randomUUID()}` });

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-leases-"));
  database = await open();
  await migrate(database, [LEASE_TABLES]);
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

describeLeaseStore("SQL on PGlite", async () => {
  await database.query(
    `TRUNCATE reelburst.deployment, reelburst.machine_lease, reelburst.ledger_line, reelburst.fleet_controller`,
  );
  return storeOn(database);
});

describe("SQL lease store", () => {
  it("keeps owner and leases over a restart, and says who comes second to name the deployment", async () => {
    const owners = await Promise.all([storeOn(database).owner(), storeOn(database).owner()]);
    expect(owners[0]).toBe(owners[1]);
    await storeOn(database).create(leaseOf("kept", "kept"), []);
    await database.close();
    database = await open();
    expect(await storeOn(database).owner()).toBe(owners[0]);
    expect(await storeOn(database).get("kept")).toEqual(leaseOf("kept", "kept"));
  });
});
