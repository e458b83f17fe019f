/** What `npx reelburst plan` shows: everything but the pictures. */
import { framesToSeconds } from "../render/timeline.ts";
import type { ProduceContext } from "./context.ts";
import type { Notice } from "./events.ts";
import type { CutPlan } from "./plan-film.ts";
import type { Prepared } from "./prepare.ts";
import { takeCached } from "./render-chunks.ts";
import { uniqueChunks } from "./unique-chunks.ts";

export interface PlanReport {
  readonly title: string | null;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Of the film, or of all scene files together. */
  readonly frames: number;
  readonly seconds: number;
  readonly encoder: string;
  readonly slots: number;
  readonly chunks: { readonly total: number; readonly cached: number };
  /** Frames that still have to be drawn. */
  readonly framesToRender: number;
  readonly scenes: readonly {
    readonly id: string;
    readonly startSeconds: number;
    readonly seconds: number;
    readonly frames: number;
    readonly chunks: number;
    readonly cachedChunks: number;
    readonly motion: string;
    readonly captions: number;
    readonly transition: string;
  }[];
  /** From the speed measured on this machine; null before the first render. */
  readonly predictedSeconds: number | null;
  readonly predictedBasis: string;
  readonly notices: readonly Notice[];
}

export async function reportPlan(
  prepared: Prepared,
  context: ProduceContext,
): Promise<Omit<PlanReport, "predictedSeconds" | "predictedBasis">> {
  const { plan, production, captions } = prepared;
  const chunks = uniqueChunks(plan);
  const cached = await takeCached(chunks, context);
  const scenes = plan.cuts[0]?.kind === "film" ? filmScenes(plan.cuts[0]) : plan.cuts.flatMap(filmScenes);
  const frames = scenes.reduce((sum, scene) => sum + scene.timing.frameCount, 0);
  return {
    title: production.title,
    width: plan.format.width,
    height: plan.format.height,
    fps: plan.format.fps.num / plan.format.fps.den,
    frames,
    seconds: framesToSeconds(frames, plan.format.fps),
    encoder: plan.encoder.encoderName,
    slots: context.runner.slots,
    chunks: { total: chunks.length, cached: cached.size },
    framesToRender: chunks.reduce(
      (sum, chunk) => sum + (cached.has(chunk.key) ? 0 : chunk.plan.frameCount),
      0,
    ),
    scenes: scenes.map(({ timing, cut }) => {
      const own = cut.chunks.filter((chunk) => chunk.sceneId === timing.id);
      const spec = production.scenes.find((scene) => scene.id === timing.id);
      const unnamed = spec?.video == null ? "path" : "video";
      return {
        id: timing.id,
        startSeconds: framesToSeconds(timing.startFrame, plan.format.fps),
        seconds: framesToSeconds(timing.frameCount, plan.format.fps),
        frames: timing.frameCount,
        chunks: own.length,
        cachedChunks: own.filter((chunk) => cached.has(chunk.key)).length,
        motion: prepared.plan.effects.get(timing.id) ?? unnamed,
        captions: captions.get(timing.id)?.tracks[0]?.cues.length ?? 0,
        transition:
          timing.transitionOut === null
            ? "none"
            : `${spec?.transition.type ?? "fade"} ${timing.transitionOut.frames} frames`,
      };
    }),
    notices: prepared.notices,
  };
}

function filmScenes(cut: CutPlan) {
  return cut.timeline.scenes.map((timing) => ({ timing, cut }));
}
