import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A folder of its own for each test of the file; removed afterwards. */
export function useTempFolder(): { readonly path: string } {
  const folder = { path: "" };
  beforeEach(async () => {
    folder.path = await mkdtemp(path.join(os.tmpdir(), "reelburst-cli-"));
  });
  afterEach(() => rm(folder.path, { recursive: true }));
  return folder;
}
