/** Follows scenes through the changes of their chunks. */
import type { PlacedChunk } from "../render/plan.ts";
import { framesToSeconds } from "../render/timeline.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import type { ProductionEvent, SceneResult, SceneStatus, SceneSummary } from "./events.ts";
import type { ProductionPlan } from "./plan-film.ts";
import type { ChunkChange } from "./render-chunks.ts";
import { uniqueChunks } from "./unique-chunks.ts";

interface TrackedScene {
  readonly chunks: readonly PlacedChunk[];
  readonly frames: number;
  readonly rendered: Map<string, number>;
  readonly finished: Set<string>;
  status: SceneStatus;
  attempt: number;
  cachedOnly: boolean;
}

export class SceneTracker {
  readonly #plan: ProductionPlan;
  readonly #scenes = new Map<string, TrackedScene>();

  constructor(plan: ProductionPlan) {
    this.#plan = plan;
    for (const chunk of uniqueChunks(plan)) {
      const known = this.#scenes.get(chunk.sceneId);
      const chunks = [...(known?.chunks ?? []), chunk];
      this.#scenes.set(chunk.sceneId, {
        chunks,
        frames: chunks.reduce((sum, each) => sum + each.plan.frameCount, 0),
        rendered: new Map(),
        finished: new Set(),
        status: "waiting",
        attempt: 1,
        cachedOnly: true,
      });
    }
  }

  summaries(): SceneSummary[] {
    return [...this.#scenes].map(([id, scene]) => ({
      id,
      frames: scene.frames,
      seconds: framesToSeconds(scene.frames, this.#plan.format.fps),
      chunks: scene.chunks.length,
    }));
  }

  /** @returns the event to tell, if this changed anything to see */
  apply(chunk: PlacedChunk, change: ChunkChange): ProductionEvent | null {
    const scene = this.#scenes.get(chunk.sceneId);
    if (scene === undefined) return null;
    switch (change.kind) {
      case "cached":
        scene.rendered.set(chunk.key, chunk.plan.frameCount);
        scene.finished.add(chunk.key);
        break;
      case "started":
        scene.cachedOnly = false;
        scene.attempt = Math.max(scene.attempt, change.attempt);
        if (scene.status === "waiting") scene.status = "active";
        break;
      case "frames":
        scene.rendered.set(chunk.key, change.frames);
        break;
      case "retrying":
        scene.rendered.set(chunk.key, 0);
        scene.status = "retried";
        break;
      case "done":
        scene.cachedOnly = false;
        scene.rendered.set(chunk.key, chunk.plan.frameCount);
        scene.finished.add(chunk.key);
        break;
    }
    if (scene.finished.size === scene.chunks.length) scene.status = "done";
    return {
      type: "scene",
      id: chunk.sceneId,
      status: scene.status,
      framesRendered: [...scene.rendered.values()].reduce((sum, frames) => sum + frames, 0),
      framesTotal: scene.frames,
      attempt: scene.attempt,
      cached: scene.cachedOnly,
      thumbnail: middleOf(scene),
    };
  }

  factsOf(
    sceneId: string,
    chunks: ReadonlyMap<string, RenderedChunk>,
  ): Pick<SceneResult, "startSeconds" | "seconds" | "attempts" | "cached" | "renderSeconds"> {
    const scene = this.#scenes.get(sceneId);
    const fps = this.#plan.format.fps;
    const timing = this.#plan.cuts[0]?.timeline.scenes.find((candidate) => candidate.id === sceneId);
    const own = (scene?.chunks ?? []).flatMap((chunk) => chunks.get(chunk.key) ?? []);
    const fresh = own.filter((chunk) => !chunk.cached);
    return {
      startSeconds: timing === undefined ? null : framesToSeconds(timing.startFrame, fps),
      seconds: timing === undefined ? 0 : framesToSeconds(timing.frameCount, fps),
      attempts: Math.max(0, ...own.map((chunk) => chunk.attempts)),
      cached: own.length > 0 && fresh.length === 0,
      renderSeconds:
        fresh.reduce((sum, { facts }) => sum + facts.prepareMs + facts.paintMs + facts.encodeMs, 0) / 1000,
    };
  }
}

/** Of the finished chunks the one nearest to the scene's middle: what the scene is about, away from its transitions. */
function middleOf({ chunks, finished }: TrackedScene): string | null {
  const middle = chunks.length >> 1;
  let best: { readonly key: string; readonly distance: number } | null = null;
  for (const [index, { key }] of chunks.entries()) {
    const distance = Math.abs(index - middle);
    if (finished.has(key) && (best === null || distance < best.distance)) best = { key, distance };
  }
  return best?.key ?? null;
}
