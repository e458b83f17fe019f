import { describe, expect, test } from "vitest";
import { ReelburstError } from "../support/errors.ts";
import { namingFullDisk, writingInto } from "./full-disk.ts";

const full = (path?: string): ReelburstError =>
  new ReelburstError("DISK_FULL", "The disk is full (write film).", { path });
const raw = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
const into = (error: unknown): Promise<unknown> =>
  writingInto("/films", () => Promise.reject(error)).catch((thrown: unknown) => thrown);

describe("a full disk", () => {
  test.each([
    ["libav's word for it", full()],
    ["our temporary name", full("/films/.reelburst-1-2.tmp")],
    ["a render process's folder", full("/cache/tmp/task-1")],
    ["the system's own error", raw],
  ])("under the film (%s) names the output folder", async (_, error) => {
    const told = (await into(error)) as ReelburstError;
    expect(told).toMatchObject({
      code: "DISK_FULL",
      path: "/films",
      hint: expect.stringContaining("output"),
    });
    expect(told.message).not.toContain(".tmp");
    // Once named, it stays named.
    expect(namingFullDisk(told, "/films", "/cache")).toBe(told);
  });

  test("a file of the user's own names itself", async () => {
    const error = full("/films/film.srt");
    expect(await into(error)).toBe(error);
    expect(namingFullDisk(error, "/films", "/cache")).toBe(error);
  });

  test.each([full(), full("/cache/chunks/entries/3f/chunk-3f.data"), raw])(
    "anywhere else names the cache folder",
    (error) => {
      expect(namingFullDisk(error, "/films", "/cache")).toMatchObject({
        code: "DISK_FULL",
        message: "The disk is full: the cache folder /cache takes no more.",
        path: "/cache",
        hint: expect.stringContaining("REELBURST_CACHE_DIR"),
      });
    },
  );

  test("a cache below the films' folder is a cache all the same", () => {
    const error = full("/films/cache/chunks/entries/3f/chunk-3f.data");
    expect(namingFullDisk(error, "/films", "/films/cache").path).toBe("/films/cache");
  });

  test("other errors pass as they are", async () => {
    const error = new ReelburstError("CHUNK_DAMAGED", "Damaged.");
    expect(await into(error)).toBe(error);
    expect(namingFullDisk(error, "/films", "/cache")).toBe(error);
  });
});
