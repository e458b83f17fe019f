import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPglite } from "./open-pglite.ts";

const PROGRAM = fileURLToPath(new URL("../../../../test/support/failing-disk.ts", import.meta.url));
const tools = { mount: "mount", unmount: "umount" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-disk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** In a process of its own, because that ends, or would hang for ever if it were not stopped in time. */
async function runOn(kind: "sync" | "full", place: string): Promise<{ said: string[]; code: number | null }> {
  const child = spawn(process.execPath, [PROGRAM, kind, place], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { said: text.trim().split("\n"), code };
}

async function writtenIn(place: string): Promise<number[]> {
  const database = await openPglite({ folder: place, startedAt: new Date(0) });
  const rows = await database.query<{ n: number }>("SELECT n FROM written ORDER BY n");
  await database.close();
  return rows.map(({ n }) => n);
}

const confirmed = (said: readonly string[]): number[] =>
  said.filter((line) => line.startsWith("wrote ")).map((line) => Number(line.slice(6)));

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const place = mkdtempSync(path.join(os.tmpdir(), "reelburst-mount-"));
  try {
    execFileSync(tools.mount, ["-t", "tmpfs", "-o", "size=64k", "tmpfs", place], { stdio: "ignore" });
    execFileSync(tools.unmount, [place], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

describe("PGlite on a disk that fails", () => {
  it("ends the process when a commit cannot be synced, and keeps what was confirmed", async () => {
    const { said, code } = await runOn("sync", folder);
    expect(code).toBe(1);
    expect(said.at(-1)).toContain("DATABASE_STOPPED");
    const kept = await writtenIn(folder);
    // The tenth was refused and may be there all the same.
    expect(kept.slice(0, 9)).toEqual(confirmed(said));
    expect(kept.length).toBeLessThanOrEqual(10);
  });

  it.skipIf(!canMount())("stops when the log has no room, and keeps what was confirmed", async () => {
    execFileSync(tools.mount, ["-t", "tmpfs", "-o", "size=100m", "tmpfs", folder], { stdio: "ignore" });
    try {
      const { said } = await runOn("full", folder);
      expect(said).toContain("stopped DATABASE_STOPPED");
      expect(said.at(-1)).toBe("closed");
      rmSync(path.join(folder, "filler"), { recursive: true });
      expect(await writtenIn(folder)).toEqual(confirmed(said));
    } finally {
      execFileSync(tools.unmount, [folder], { stdio: "ignore" });
    }
  });
});
