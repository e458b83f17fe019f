import { framesToSeconds } from "../render/timeline.ts";
import type { Production } from "../spec/production.ts";
import type { ReelburstError } from "../support/errors.ts";
import type { ProduceContext } from "./context.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import type { ProductionResult, SceneResult, StageSeconds } from "./events.ts";
import type { MadeFiles } from "./make-files.ts";
import type { OutputPaths } from "./output-paths.ts";
import type { CutPlan } from "./plan-film.ts";
import type { Prepared } from "./prepare.ts";
import { qualityNotices } from "./quality/quality-notices.ts";
import type { QualitySummary } from "./quality/quality-report.ts";
import type { SceneTracker } from "./scene-tracker.ts";

interface ResultParts extends MadeFiles {
  readonly chunks: ReadonlyMap<string, RenderedChunk>;
  readonly tracker: SceneTracker;
  readonly skipped: ReadonlyMap<string, ReelburstError>;
  readonly stages: readonly StageSeconds[];
  readonly slotEndSeconds: readonly number[];
  readonly paths: OutputPaths;
  readonly context: ProduceContext;
  readonly quality: QualitySummary;
}

/** The production as it was asked for, what became of each scene included. */
export function productionResult(
  production: Production,
  prepared: Prepared,
  parts: ResultParts,
): ProductionResult {
  const { plan, encoder } = prepared;
  const main = plan.cuts[0] as CutPlan;
  const film = main.kind === "film";
  const frames = film
    ? main.timeline.totalFrames
    : plan.cuts.reduce((sum, cut) => sum + cut.timeline.totalFrames, 0);
  const mix = parts.mixes.get(main)?.mixed ?? null;
  const rendered = [...parts.chunks.values()].filter((chunk) => !chunk.cached).length;
  const scenes = production.scenes.map((scene): SceneResult => {
    const error = parts.skipped.get(scene.id) ?? null;
    const facts = parts.tracker.factsOf(scene.id, parts.chunks);
    return {
      id: scene.id,
      status: error === null ? "done" : "skipped",
      error: error?.toJSON() ?? null,
      ...facts,
      file:
        parts.files.find((file) => file.kind === "scene" && file.path === parts.paths.sceneFile(scene.id))
          ?.path ?? null,
    };
  });
  return {
    title: production.title,
    film: film ? parts.paths.film : null,
    files: [...parts.files],
    width: plan.format.width,
    height: plan.format.height,
    fps: plan.format.fps.num / plan.format.fps.den,
    frames,
    seconds: framesToSeconds(frames, plan.format.fps),
    sizeBytes: parts.sizeBytes,
    loudness: { integratedLufs: mix?.integratedLufs ?? null, truePeakDb: mix?.truePeakDb ?? null },
    encoder: { name: encoder.settings.encoderName, fallback: encoder.fallback },
    chunks: { total: parts.chunks.size, rendered, cached: parts.chunks.size - rendered },
    scenes,
    notices: [...prepared.notices, ...qualityNotices(parts.quality)],
    stages: parts.stages,
    slots: parts.context.runner.slots,
    slotEndSeconds: parts.slotEndSeconds,
    peakMemoryBytes: parts.context.runner.peakBytes,
    quality: { page: parts.quality.page, findings: parts.quality.findings },
  };
}
