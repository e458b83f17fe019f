import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("makeFolder", () => {
  test("makes all that is missing, and is content with what is there", async () => {
    const deep = path.join(root, "a", "b c", "d");
    await makeFolder(deep);
    await makeFolder(deep);
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  test("many at once for the same folder", async () => {
    const deep = path.join(root, "x", "y", "z");
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)));
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  test.each([["file"], ["file/below"], ["file/below/deeper"]])("a file in the way: %s", async (name) => {
    writeFileSync(path.join(root, "file"), "mine");
    await expect(makeFolder(path.join(root, name))).rejects.toMatchObject({ code: "OUTPUT_NOT_WRITABLE" });
  });

  // Node's own recursive mkdir never comes back from this one.
  test.runIf(process.platform === "linux")("a place that takes no folders is refused at once", async () => {
    await expect(makeFolder("/proc/reelburst/cache")).rejects.toMatchObject({ code: "NO_WRITE_PERMISSION" });
  });
});
