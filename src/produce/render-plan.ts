/** The rendering stage: chunks from the cache or from the slots, told as events, and the sound beside them. */
import type { PlacedChunk } from "../render/plan.ts";
import { framesToSeconds } from "../render/timeline.ts";
import type { Pin } from "../storage/chunk-cache.ts";
import type { ProduceContext } from "./context.ts";
import { EarlySound } from "./early-sound.ts";
import type { ProductionState } from "./events.ts";
import { pcmKey } from "./gather-sound.ts";
import { mixKey, stretchKey } from "./make-file.ts";
import type { CutPlan } from "./plan-film.ts";
import type { Prepared } from "./prepare.ts";
import { RenderProgress } from "./progress.ts";
import { type ChunkChange, type RenderChunksResult, renderChunks, takeCached } from "./render-chunks.ts";
import type { SceneTracker } from "./scene-tracker.ts";
import { uniqueChunks } from "./unique-chunks.ts";

/** The caller releases the pin once its files are made. */
export async function renderPlan(
  prepared: Prepared,
  tracker: SceneTracker,
  context: ProduceContext,
  enter: (state: ProductionState) => void,
): Promise<RenderChunksResult & { readonly pin: Pin }> {
  const { plan, production, gathered } = prepared;
  const chunks = uniqueChunks(plan);
  const cached = await takeCached(chunks, context);
  const totalFrames = chunks.reduce((sum, chunk) => sum + chunk.plan.frameCount, 0);
  const cachedFrames = chunks.reduce(
    (sum, chunk) => sum + (cached.has(chunk.key) ? chunk.plan.frameCount : 0),
    0,
  );
  const main = plan.cuts[0] as CutPlan;
  context.emit({
    type: "planned",
    totalFrames,
    seconds: framesToSeconds(main.kind === "film" ? main.timeline.totalFrames : totalFrames, plan.format.fps),
    chunks: chunks.length,
    cachedChunks: cached.size,
    slots: context.runner.slots,
    scenes: tracker.summaries(),
  });
  const fonts = fontFiles(prepared);
  for (const [sha256, file] of Object.entries(fonts)) await gathered.marks.noteAs(file, sha256);
  enter("rendering");
  const pin = await context.cache.pin(neededKeys(prepared, context.audioBitrate(production)));
  const progress = new RenderProgress(totalFrames, cachedFrames, context.now);
  const onChunk = (chunk: PlacedChunk, change: ChunkChange): void => {
    if (change.kind === "frames") progress.set(chunk.key, change.frames);
    else if (change.kind === "done") progress.set(chunk.key, chunk.plan.frameCount);
    else if (change.kind === "retrying") progress.set(chunk.key, 0);
    const event = tracker.apply(chunk, change);
    if (event !== null) context.emit(event);
    if (change.kind === "frames" || change.kind === "done") {
      context.emit({
        type: "progress",
        framesRendered: progress.framesRendered,
        framesTotal: totalFrames,
        ...progress.measure(),
      });
    }
  };
  const sound = new EarlySound(prepared, context);
  const rendering = renderChunks(chunks, {
    ...context,
    signal: sound.signal,
    inputs: { ...gathered.files, ...fonts },
    marks: gathered.marks,
    pathOf: (sceneId) => `scenes[${gathered.scenes.find(({ scene }) => scene.id === sceneId)?.index ?? 0}]`,
    skipFailedScenes: production.onSceneFailure === "skip",
    onChunk,
  });
  try {
    const result = await rendering;
    // Planned again without a scene, the film sounds different.
    if (result.failedScenes.size > 0) await sound.stop();
    else await sound.finish();
    return { ...result, pin };
  } catch (error) {
    await sound.stop();
    await pin.release();
    throw sound.failure ?? error;
  }
}

/** Everything the run reads from the cache until its files are made: another run's clean-up must leave it. */
function neededKeys({ plan, gathered }: Prepared, audioBitrate: number): string[] {
  const sounds = [
    ...gathered.scenes.flatMap((scene) => [scene.audio, scene.video?.sound ?? null]),
    gathered.soundtrack,
  ];
  return [
    ...uniqueChunks(plan).map((chunk) => chunk.key),
    ...plan.cuts.map((cut) => mixKey(cut, audioBitrate)).filter((key) => key !== null),
    ...plan.cuts.flatMap((cut) => cut.stretches.map(stretchKey)),
    ...gathered.scenes.flatMap(({ cardKey }) => cardKey ?? []),
    ...sounds.flatMap((sound) => (sound === null ? [] : [pcmKey(sound.digest)])),
  ];
}

/** Digest -> path of every font that a caption names. */
function fontFiles(prepared: Prepared): Record<string, string> {
  const fonts = [...prepared.captions.values()].flatMap((captions) => captions.fonts);
  return Object.fromEntries(fonts.map((font) => [font.sha256, font.path]));
}
