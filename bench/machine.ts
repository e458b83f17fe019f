/** What the figures were taken on. */
import { execFileSync } from "node:child_process";
import os from "node:os";
import { getFFmpegInfo } from "node-av/lib";
import { ENGINE_VERSION } from "../src/render/plan.ts";
import { ROOT } from "./parts/scene.ts";

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  readonly ffmpeg: string;
  readonly engine: string;
  /** Of the checkout; null outside one. */
  readonly commit: string | null;
  /** Load over one minute, as found; above half the cores other work disturbs the times. */
  readonly loadBefore: number;
}

export function machineFacts(): MachineFacts {
  return {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    node: process.version,
    ffmpeg: getFFmpegInfo().version,
    engine: ENGINE_VERSION,
    commit: commitOf(ROOT),
    loadBefore: os.loadavg()[0] ?? 0,
  };
}

function commitOf(folder: string): string | null {
  try {
    return execFileSync("git", ["-C", folder, "rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}
