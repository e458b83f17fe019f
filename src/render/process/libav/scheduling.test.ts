import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { encoderSettings } from "../../encode/profiles.ts";
import { schedulingPolicy } from "./scheduling.ts";
import { VideoEncoder } from "./video-encoder.ts";

test.runIf(process.platform === "linux")("no encoder leaves this process a real-time one", () => {
  expect(schedulingPolicy()).toBe(0);
  const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-scheduling-"));
  const format = { width: 64, height: 64, fps: { num: 25, den: 1 } };
  try {
    for (const name of ["libsvtav1", "libx265", "libx264"] as const) {
      const settings = encoderSettings(name, { quality: "draft", fps: format.fps });
      new VideoEncoder(path.join(folder, `${name}.mp4`), format, settings).close();
      expect(schedulingPolicy(), name).toBe(0);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
