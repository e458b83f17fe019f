/** The README's second command, as a newcomer runs it, with an empty cache. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { ProductionResult } from "../src/produce/events.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const cache = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));

afterAll(() => rmSync(cache, { recursive: true, force: true }));

test("npm run demo renders the example and prints where the film is", { timeout: 240_000 }, () => {
  rmSync(path.join(ROOT, "out/demo"), { recursive: true, force: true });
  const run = spawnSync("npm", ["run", "demo"], {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
    env: { ...process.env, REELBURST_CACHE_DIR: cache },
  });
  expect(run.status, run.stderr).toBe(0);
  const film = path.join(ROOT, "out/demo/film.mp4");
  expect(run.stdout.trimEnd().split("\n").at(-1)).toBe(film);
  for (const suffix of [".mp4", ".srt", ".vtt", ".poster.jpg", ".contact-sheet.jpg", ".report.html"]) {
    expect(existsSync(film.replace(/\.mp4$/, suffix)), suffix).toBe(true);
  }
  const result = JSON.parse(readFileSync(film.replace(/\.mp4$/, ".json"), "utf8")) as ProductionResult;
  expect(result.scenes.length).toBeGreaterThanOrEqual(6);
  expect(result.scenes.every((scene) => scene.status === "done")).toBe(true);
  expect(result.notices).toEqual([]);
  expect(result).toMatchObject({ width: 1920, height: 1080, fps: 30, sizeBytes: statSync(film).size });
  expect(Math.abs((result.loudness.integratedLufs as number) + 14)).toBeLessThan(0.5);
  expect(result.loudness.truePeakDb).toBeLessThanOrEqual(-1);
});
