/** Looks at everything a render needs and says what is missing. Each check does the real thing once. */

import { statfs } from "node:fs/promises";
import path from "node:path";
import type { Config } from "./config.ts";
import { createFaceLibrary } from "./render/captions/fonts/face-library.ts";
import { interPath, notoSansHansPath } from "./render/captions/fonts/shipped-fonts.ts";
import { DEFAULT_LIMITS } from "./render/process/limits.ts";
import { RenderPool } from "./render/process/render-pool.ts";
import { inCacheFolder } from "./storage/file/cache-folder.ts";
import { writeFileAtomic } from "./support/atomic-file.ts";
import { ReelburstError } from "./support/errors.ts";
import { formatBytes } from "./support/format.ts";
import { availableMemoryBytes, usableCores } from "./support/machine.ts";
import { createTempDir } from "./support/temp-dir.ts";

export interface DoctorCheck {
  readonly name: string;
  readonly state: "ok" | "warning" | "failed";
  readonly message: string;
  readonly hint?: string;
}

const WANTED_DISK_BYTES = 5e9;

export async function* examine(config: Config, slots: number): AsyncIterable<DoctorCheck> {
  yield {
    name: "node",
    state: "ok",
    message: `Node ${process.versions.node}, ${process.platform}-${process.arch}`,
  };
  yield {
    name: "machine",
    state: "ok",
    message: `${usableCores()} usable cores, ${formatBytes(availableMemoryBytes())} free memory: ${slots} ${slots === 1 ? "slot" : "slots"}`,
  };
  yield await checked("cache", async () => {
    await inCacheFolder(config.cacheDirectory, () =>
      writeFileAtomic(path.join(config.cacheDirectory, "doctor.txt"), "ok\n"),
    );
    const disk = await statfs(config.cacheDirectory);
    const free = disk.bavail * disk.bsize;
    const message = `${formatBytes(free)} free in ${config.cacheDirectory}`;
    return free < WANTED_DISK_BYTES
      ? {
          state: "warning",
          message,
          hint: "Long films need some GB; set REELBURST_CACHE_DIR to a larger disk.",
        }
      : { state: "ok", message };
  });
  yield await checked("fonts", async () => {
    const faces = createFaceLibrary();
    const names = [interPath("semibold"), notoSansHansPath("semibold")].map(
      (file) => faces.load(file).info.family,
    );
    return { state: "ok", message: names.join(", ") };
  });
  const temp = await inCacheFolder(config.cacheDirectory, () =>
    createTempDir(path.join(config.cacheDirectory, "tmp")),
  );
  const pool = new RenderPool(1, { limits: DEFAULT_LIMITS, tempRoot: temp.path, compileCache: null });
  try {
    yield await checked("encoders", async () => {
      const probes = await pool.run("probeEncoders", undefined);
      const working = probes.filter((probe) => probe.works).map((probe) => probe.encoderName);
      const missing = probes.length - working.length;
      return working.includes("libx264")
        ? { state: "ok", message: `${working.join(", ")} encode here; ${missing} others (hardware) do not` }
        : {
            state: "failed",
            message: "libx264 does not work here",
            hint: "Run `npm ci` again on this machine.",
          };
    });
  } finally {
    await pool.close();
    await temp.remove();
  }
}

async function checked(name: string, check: () => Promise<Omit<DoctorCheck, "name">>): Promise<DoctorCheck> {
  try {
    return { name, ...(await check()) };
  } catch (thrown) {
    const error = ReelburstError.from(thrown);
    return {
      name,
      state: "failed",
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
}
