/** The exact frames that a production's chunks hand to the encoder, written to a raw file. */
import { closeSync, mkdtempSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { MemoryQueue } from "../../src/jobs/memory/memory-queue.ts";
import type { ProduceContext } from "../../src/produce/context.ts";
import { prepare } from "../../src/produce/prepare.ts";
import { uniqueChunks } from "../../src/produce/unique-chunks.ts";
import { createFaceLibrary } from "../../src/render/captions/fonts/face-library.ts";
import { encoderSettings } from "../../src/render/encode/profiles.ts";
import { MotionKernel } from "../../src/render/motion/kernel.ts";
import type { ChunkPlan } from "../../src/render/plan.ts";
import { ChunkPainter, preparePicture } from "../../src/render/process/chunk-painter.ts";
import { DEFAULT_LIMITS } from "../../src/render/process/limits.ts";
import { RenderPool } from "../../src/render/process/render-pool.ts";
import type { Production } from "../../src/spec/production.ts";
import { FileChunkCache } from "../../src/storage/file/file-chunk-cache.ts";
import { systemClock } from "../../src/support/clock.ts";

/** Plans a production and paints all its frames. @returns how many, and the chunks' plans */
export async function paintScene(
  production: Production,
  rawPath: string,
  workFolder: string,
): Promise<{ frames: number; plans: readonly ChunkPlan[] }> {
  const pool = new RenderPool(1, { limits: DEFAULT_LIMITS, tempRoot: workFolder, compileCache: null });
  const context: ProduceContext = {
    productionId: "bench",
    runner: pool,
    cache: new FileChunkCache({ folder: path.join(workFolder, "cache"), clock: systemClock }),
    queue: new MemoryQueue({ clock: systemClock, random: Math.random }),
    faces: createFaceLibrary(),
    encoder: (wanted) =>
      Promise.resolve({ settings: encoderSettings("libx264", wanted.output), fallback: null }),
    audioBitrate: () => 192_000,
    tempRoot: workFolder,
    cacheFolder: workFolder,
    signal: new AbortController().signal,
    emit: () => {},
    now: () => performance.now(),
  };
  const prepared = await prepare(production, context, () => {});
  await pool.close();
  const fonts = [...prepared.captions.values()].flatMap((captions) => captions.fonts);
  const inputs = {
    ...prepared.gathered.files,
    ...Object.fromEntries(fonts.map((font) => [font.sha256, font.path])),
  };
  const kernel = await MotionKernel.load();
  const plans = uniqueChunks(prepared.plan).map((chunk) => chunk.plan);
  const file = openSync(rawPath, "w");
  let frames = 0;
  for (const plan of plans) {
    const temp = mkdtempSync(path.join(workFolder, "paint-"));
    const painter = await ChunkPainter.open(kernel, plan, inputs, temp, (layer) =>
      preparePicture(kernel, layer, plan, inputs),
    );
    for (let index = 0; index < plan.frameCount; index++) {
      writeSync(file, kernel.extract(painter.paint(index)).packed);
      frames += 1;
    }
    painter.close();
  }
  closeSync(file);
  return { frames, plans };
}
