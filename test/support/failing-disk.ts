/**
 * A process whose disk fails it: `failing-disk.ts sync|full <folder>`. Says on its standard output every number that
 * the database has confirmed, then the code it was stopped with.
 */
import { fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { openPglite } from "../../src/storage/sql/pglite/open-pglite.ts";
import { ReelburstError } from "../../src/support/errors.ts";

const [kind = "", folder = ""] = process.argv.slice(2);
let isFailing = false;
const database = await openPglite({
  folder,
  startedAt: new Date(0),
  sync(descriptor) {
    if (isFailing && kind === "sync") throw new Error("EIO: i/o error, fsync");
    fsyncSync(descriptor);
  },
});
await database.query("CREATE TABLE written (n integer, text text)");
for (let n = 1; n < 500; n++) {
  if (n === 10) fail();
  try {
    // The log grows by a file each time, so that it is the log that finds no room.
    if (isFailing) await database.query("SELECT pg_switch_wal()");
    await database.query("INSERT INTO written VALUES ($1, 'x')", [n]);
  } catch (error) {
    say(`stopped ${error instanceof ReelburstError ? error.code : error}`);
    if (isFailing && n > 20) break;
    continue;
  }
  say(`wrote ${n}`);
}
await database.close();
say("closed");

function fail(): void {
  isFailing = true;
  if (kind === "full") fillDisk();
}

function fillDisk(): void {
  isFailing = true;
  mkdirSync(path.join(folder, "filler"));
  const file = openSync(path.join(folder, "filler", "file"), "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096));
  } catch {
    // Full.
  }
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}
