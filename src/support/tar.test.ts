import { execFileSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { readTar, TarWriter } from "./tar.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-tar-"));
  return () => rm(folder, { recursive: true, force: true });
});

const NAMES = [
  "a.txt",
  "folder/empty.bin",
  `folder/${"d".repeat(60)}/${"e".repeat(60)}.mp4`,
  `folder/${"中".repeat(60)}.mp4`,
  `folder/${"f".repeat(250)}`,
];

async function write(): Promise<string> {
  const source = path.join(folder, "source");
  await writeFile(source, Buffer.alloc(1500, 7));
  await writeFile(path.join(folder, "nothing"), "");
  const archive = path.join(folder, "a.tar");
  const target = await open(archive, "wx");
  const tar = new TarWriter(target);
  await tar.folder("folder");
  for (const name of NAMES)
    await tar.file(name, name.includes("empty") ? path.join(folder, "nothing") : source);
  await tar.text("last.json", "{}");
  await tar.end();
  await target.close();
  return archive;
}

async function read(archive: string): Promise<[string, string, number][]> {
  const source = await open(archive, "r");
  try {
    const entries: [string, string, number][] = [];
    for await (const entry of readTar(source)) {
      let sum = 0;
      // Every second one is passed over: the next must be found all the same.
      if (entries.length % 2 === 0)
        for await (const piece of entry.read()) sum += piece.reduce((a, b) => a + b, 0);
      else sum = -1;
      entries.push([entry.name, entry.kind, sum]);
    }
    return entries;
  } finally {
    await source.close();
  }
}

test("what was written is read, names of any length included", async () => {
  const entries = await read(await write());
  expect(entries.map(([name, kind]) => [name, kind])).toEqual([
    ["folder", "folder"],
    ...NAMES.map((name) => [name, "file"]),
    ["last.json", "file"],
  ]);
  expect(entries[2]).toEqual(["folder/empty.bin", "file", 0]);
  expect(entries[4]?.[2]).toBe(1500 * 7);
});

test.runIf(process.platform === "linux")("the system's tar reads it, and is read", async () => {
  const archive = await write();
  const listed = execFileSync("tar", ["-tf", archive, "--quoting-style=literal"], { encoding: "utf8" });
  expect(listed.trim().split("\n")).toEqual(["folder/", ...NAMES, "last.json"]);
  execFileSync("tar", ["-xf", archive, "-C", folder]);
  execFileSync("tar", ["--format=ustar", "-cf", "theirs.tar", "a.txt"], { cwd: folder });
  expect(await read(path.join(folder, "theirs.tar"))).toEqual([["a.txt", "file", 1500 * 7]]);
});

test("cut off anywhere it is refused", async () => {
  const archive = await write();
  const bytes = await readFile(archive);
  for (let length = 0; length < bytes.length - 512; length += 777) {
    await writeFile(archive, bytes.subarray(0, length));
    await expect(read(archive), String(length)).rejects.toMatchObject({ code: "ARCHIVE_DAMAGED" });
  }
});
