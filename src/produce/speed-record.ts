/**
 * What this machine was last seen to do, so that a prediction rests on a measurement. One small file in
 * the cache folder; losing it costs one prediction.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Production } from "../spec/production.ts";
import { writeFileAtomic } from "../support/atomic-file.ts";
import { formatSeconds } from "../support/format.ts";
import type { ProductionResult } from "./events.ts";
import type { PlanReport } from "./plan-report.ts";

interface SpeedRecord {
  /** Megapixels drawn and encoded per second by one slot, by quality. */
  readonly [quality: string]: { readonly megapixelsPerSecond: number; readonly fixedSeconds: number };
}

/** Renders shorter than this say more about start-up than about speed. */
const ENOUGH_FRAMES = 60;

export async function recordSpeed(
  directory: string,
  production: Production,
  result: ProductionResult,
): Promise<void> {
  const slotSeconds = result.scenes.reduce((sum, scene) => sum + scene.renderSeconds, 0);
  const frames = (result.frames * result.chunks.rendered) / Math.max(1, result.chunks.total);
  if (frames < ENOUGH_FRAMES || slotSeconds <= 0) return;
  const rendering = result.stages.find((stage) => stage.stage === "rendering")?.seconds ?? 0;
  const all = result.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const record: SpeedRecord = {
    ...(await readRecord(directory)),
    [production.output.quality]: {
      megapixelsPerSecond: (frames * result.width * result.height) / 1e6 / slotSeconds,
      fixedSeconds: all - rendering,
    },
  };
  await writeFileAtomic(fileIn(directory), JSON.stringify(record));
}

export async function predictSeconds(
  directory: string,
  production: Production,
  plan: Pick<PlanReport, "framesToRender" | "width" | "height">,
  slots: number,
): Promise<Pick<PlanReport, "predictedSeconds" | "predictedBasis">> {
  const known = (await readRecord(directory))[production.output.quality];
  if (known === undefined)
    return {
      predictedSeconds: null,
      predictedBasis: "no render of this quality was measured on this machine yet",
    };
  const work = (plan.framesToRender * plan.width * plan.height) / 1e6 / known.megapixelsPerSecond / slots;
  return {
    predictedSeconds: work + known.fixedSeconds,
    predictedBasis: `the last render here: ${known.megapixelsPerSecond.toFixed(0)} megapixels/s a slot, ${formatSeconds(known.fixedSeconds)} beside it`,
  };
}

async function readRecord(directory: string): Promise<SpeedRecord> {
  try {
    return JSON.parse(await readFile(fileIn(directory), "utf8")) as SpeedRecord;
  } catch {
    return {};
  }
}

function fileIn(directory: string): string {
  return path.join(directory, "speed.json");
}
