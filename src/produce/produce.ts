/**
 * One production from spec to finished film: fetch, plan, render, assemble, publish.
 *
 * A production that cannot lose a scene (`onSceneFailure: fail`) ends with every problem named. One that
 * may (`skip`) is planned again without the scene, its sound included; what was rendered is kept.
 */
import type { Production } from "../spec/production.ts";
import type { Pin } from "../storage/chunk-cache.ts";
import { writeFileAtomic } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import type { ProduceContext } from "./context.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import type { Notice, ProductionResult, ProductionState, StageSeconds } from "./events.ts";
import { namingFullDisk } from "./full-disk.ts";
import { type MadeFiles, makeFiles } from "./make-files.ts";
import { openOutputFolders } from "./output-folder.ts";
import { outputPaths } from "./output-paths.ts";
import { dropScenes, prepare } from "./prepare.ts";
import { ProductionProblems } from "./problems.ts";
import { productionResult } from "./production-result.ts";
import { measureQuality, pictures } from "./quality/measure-quality.ts";
import { qualityNotices } from "./quality/quality-notices.ts";
import type { ProductionReport } from "./quality/quality-report.ts";
import { reportPage } from "./quality/report-page.ts";
import { renderPlan } from "./render-plan.ts";
import { SceneTracker } from "./scene-tracker.ts";

/** What is lost from the cache while a film is mixed and put together is made again, once. */
const ATTEMPTS = 2;

/** @throws ReelburstError; ProductionProblems names all that is wrong with the inputs */
export async function produce(
  production: Production,
  output: string,
  context: ProduceContext,
): Promise<ProductionResult> {
  const stages: StageSeconds[] = [];
  let stageStart = context.now();
  let stage: StageSeconds["stage"] | null = null;
  const enter = (state: ProductionState): void => {
    const now = context.now();
    if (stage !== null) stages.push({ stage, seconds: (now - stageStart) / 1000 });
    stage = isStage(state) ? state : null;
    stageStart = now;
    context.emit({ type: "state", state });
  };
  let pin: Pin | null = null;
  let outputFolder = output;
  try {
    context.emit({ type: "state", state: "queued" });
    const paths = outputPaths(output, production);
    outputFolder = paths.directory;
    await openOutputFolders(paths, production);
    // One process is needed whatever is cached: the film is put together in it.
    context.runner.warmUp(null, 1);
    // Two for one scene: it may be several chunks, or one.
    const processes = Math.max(2, production.scenes.length);
    let prepared = await prepare(production, context, enter, () =>
      context.runner.warmUp("renderChunk", processes),
    );
    const told = new Set<string>();
    const tell = (notices: readonly Notice[]): void => {
      for (const notice of notices) {
        const key = JSON.stringify(notice);
        if (!told.has(key)) context.emit({ type: "notice", notice });
        told.add(key);
      }
    };
    const skipped = new Map<string, ReelburstError>();
    const skip = (failed: ReadonlyMap<string, ReelburstError>): void => {
      for (const [id, error] of failed) {
        if (skipped.has(id)) continue;
        skipped.set(id, error);
        context.emit({
          type: "scene",
          id,
          status: "skipped",
          framesRendered: 0,
          framesTotal: 0,
          attempt: 0,
          cached: false,
        });
        tell([
          {
            code: "SCENE_SKIPPED",
            message: `${id} is left out of the film. ${error.message}`,
            path: error.path,
            hint: error.hint,
          },
        ]);
      }
    };
    let chunks: ReadonlyMap<string, RenderedChunk>;
    let tracker: SceneTracker;
    let made: MadeFiles;
    let slotEndSeconds: readonly number[];
    for (let attempt = 1; ; ) {
      tell(prepared.notices);
      skip(prepared.skipped);
      tracker = new SceneTracker(prepared.plan);
      try {
        const rendering = await renderPlan(prepared, tracker, context, enter);
        chunks = rendering.chunks;
        pin = rendering.pin;
        slotEndSeconds = rendering.slotEndSeconds;
        if (rendering.failedScenes.size > 0) {
          skip(rendering.failedScenes);
          await pin.release();
          enter("planning");
          prepared = dropScenes(prepared, rendering.failedScenes);
          continue;
        }
        made = await makeFiles(prepared, chunks, paths, context, enter);
        break;
      } catch (error) {
        if (attempt++ === ATTEMPTS || !isLostWork(error)) throw error;
        await pin?.release();
        // Decoded sound may be lost too, so everything is fetched again.
        prepared = dropScenes(await prepare(production, context, enter), skipped);
      }
    }
    enter("succeeded");
    const quality = measureQuality(prepared, chunks, made, paths);
    tell(qualityNotices(quality));
    const result = productionResult(production, prepared, {
      ...made,
      chunks,
      tracker,
      skipped,
      stages,
      slotEndSeconds,
      paths,
      context,
      quality,
    });
    const report: ProductionReport = { ...result, quality };
    await writeFileAtomic(paths.report, `${JSON.stringify(report, null, 2)}\n`);
    await writeFileAtomic(paths.reportPage, reportPage(report, pictures(prepared, chunks)));
    context.emit({ type: "succeeded", result });
    return result;
  } catch (thrown) {
    const error = namingFullDisk(thrown, outputFolder, context.cacheFolder);
    context.emit({ type: "state", state: error.code === "ABORTED" ? "canceled" : "failed" });
    const problems = error instanceof ProductionProblems ? error.problems : [error];
    context.emit({
      type: "failed",
      error: error.toJSON(),
      problems: problems.map((problem) => problem.toJSON()),
    });
    throw error;
  } finally {
    await pin?.release();
  }
}

function isStage(state: ProductionState): state is StageSeconds["stage"] {
  return ["fetching", "planning", "rendering", "assembling", "publishing"].includes(state);
}

function isLostWork(error: unknown): boolean {
  return (
    error instanceof ReelburstError &&
    ["CHUNK_DAMAGED", "SOUND_DAMAGED", "SOUND_PCM_SHORT", "PUBLICATION_GATE"].includes(error.code)
  );
}
