/**
 * One production from spec to finished film: fetch, plan, render, assemble, publish.
 *
 * A production that cannot lose a scene (`onSceneFailure: fail`) ends with every problem named. One that
 * may (`skip`) is planned again without the scene, its sound included; what was rendered is kept.
 */
import { mkdirSync } from "node:fs";
import type { JobQueue } from "../jobs/queue.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import { toSrt, toVtt } from "../render/captions/sidecar.ts";
import type { ResolvedEncoder } from "../render/encode/resolve-encoder.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import { framesToSeconds, SAMPLE_RATE } from "../render/timeline.ts";
import type { Production } from "../spec/production.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { publishFile, writeFileAtomic } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { compileSceneCaptions, type SceneCaptions } from "./compile-scene-captions.ts";
import type { Notice, ProductionEvent, ProductionResult, ProductionState, SceneResult, StageSeconds } from "./events.ts";
import { gather, type Gathered } from "./gather.ts";
import { type MakeFileContext, makeFile, type MixedFile, mixCut, partialName } from "./make-file.ts";
import { outputPaths, type OutputPaths } from "./output-paths.ts";
import { type CutPlan, planProduction, type ProductionPlan } from "./plan-film.ts";
import { RenderProgress } from "./progress.ts";
import { type ChunkChange, type RenderedChunk, renderChunks, takeCached } from "./render-chunks.ts";
import { SceneTracker } from "./scene-tracker.ts";
import { uniqueChunks } from "./unique-chunks.ts";
import { without } from "./variants.ts";

export interface ProduceContext {
  readonly productionId: string;
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly queue: JobQueue;
  readonly faces: FaceLibrary;
  readonly encoder: (production: Production) => ResolvedEncoder;
  readonly audioBitrate: (production: Production) => number;
  /** Exists, belongs to this run, removed by the caller. */
  readonly tempRoot: string;
  readonly signal: AbortSignal;
  readonly emit: (event: ProductionEvent) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export interface Prepared {
  readonly production: Production;
  readonly gathered: Gathered;
  readonly captions: ReadonlyMap<string, SceneCaptions>;
  readonly plan: ProductionPlan;
  readonly encoder: ResolvedEncoder;
  readonly notices: readonly Notice[];
  readonly skipped: ReadonlyMap<string, ReelburstError>;
}

/** Several things can be wrong with a production at once; all of them are told. */
export class ProductionProblems extends ReelburstError {
  readonly problems: readonly ReelburstError[];

  constructor(problems: readonly ReelburstError[]) {
    const first = problems[0] as ReelburstError;
    super(first.code, problems.length === 1 ? first.message : `${problems.length} problems; the first: ${first.message}`, {
      path: first.path,
      hint: first.hint,
      retryable: problems.every((problem) => problem.retryable),
      cause: first,
    });
    this.problems = problems;
  }
}

/** Fetches and plans; draws nothing. */
export async function prepare(production: Production, context: ProduceContext, onState: (state: ProductionState) => void): Promise<Prepared> {
  onState("fetching");
  const gathered = await gather(production, {
    ...context,
    onFetched: (done, total, name) => context.emit({ type: "fetched", done, total, name }),
  });
  onState("planning");
  const failures = new Map(gathered.failures);
  const notices: Notice[] = [...gathered.notices];
  const captions = new Map<string, SceneCaptions>();
  for (const scene of gathered.scenes) {
    if (scene.scene.subtitles === null || scene.scene.captions.style === "none") continue;
    try {
      const compiled = compileSceneCaptions(scene, production.output, context.faces);
      captions.set(scene.scene.id, compiled.captions);
      notices.push(...compiled.notices);
    } catch (error) {
      failures.set(scene.scene.id, [ReelburstError.from(error, "CAPTIONS_INVALID")]);
    }
  }
  if (failures.size > 0 && production.onSceneFailure === "fail") throw new ProductionProblems([...failures.values()].flat());
  const skipped = new Map([...failures].map(([id, errors]) => [id, errors[0] as ReelburstError]));
  const kept = without(production, new Set(failures.keys()));
  if (kept.scenes.length === 0) throw new ProductionProblems([...failures.values()].flat());
  const encoder = context.encoder(kept);
  const keptGathered = { ...gathered, scenes: gathered.scenes.filter(({ scene }) => !failures.has(scene.id)) };
  const plan = planProduction({ production: kept, gathered: keptGathered, captions, encoder: encoder.settings });
  return { production: kept, gathered: keptGathered, captions, plan, encoder, notices, skipped };
}

/** @throws ReelburstError; ProductionProblems names all that is wrong with the inputs */
export async function produce(production: Production, output: string, context: ProduceContext): Promise<ProductionResult> {
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
  try {
    context.emit({ type: "state", state: "queued" });
    const paths = outputPaths(output, production);
    mkdirSync(paths.directory, { recursive: true });
    let prepared = await prepare(production, context, enter);
    const told = new Set<string>();
    const tell = (notices: readonly Notice[]): void => {
      for (const notice of notices) {
        const key = JSON.stringify(notice);
        if (!told.has(key)) context.emit({ type: "notice", notice });
        told.add(key);
      }
    };
    const skipped = new Map(prepared.skipped);
    let chunks: ReadonlyMap<string, RenderedChunk>;
    let tracker: SceneTracker;
    for (;;) {
      tell(prepared.notices);
      tracker = new SceneTracker(prepared.plan);
      const rendering = await render(prepared, tracker, context, enter);
      chunks = rendering.chunks;
      if (rendering.failedScenes.size === 0) break;
      for (const [id, error] of rendering.failedScenes) skipped.set(id, error);
      const rest = without(prepared.production, new Set(rendering.failedScenes.keys()));
      if (rest.scenes.length === 0) throw new ProductionProblems([...rendering.failedScenes.values()]);
      prepared = await prepare(rest, context, enter);
    }
    const { files, mixes, sizeBytes } = await finish(prepared, chunks, paths, context, enter);
    enter("succeeded");
    const result = resultOf(production, prepared, { files, mixes, sizeBytes, chunks, tracker, skipped, stages, paths, context });
    await writeFileAtomic(paths.report, `${JSON.stringify(result, null, 2)}\n`);
    context.emit({ type: "succeeded", result });
    return result;
  } catch (thrown) {
    const error = ReelburstError.from(thrown);
    context.emit({ type: "state", state: error.code === "ABORTED" ? "canceled" : "failed" });
    const problems = error instanceof ProductionProblems ? error.problems : [error];
    context.emit({ type: "failed", error: error.toJSON(), problems: problems.map((problem) => problem.toJSON()) });
    throw error;
  }
}

function isStage(state: ProductionState): state is StageSeconds["stage"] {
  return ["fetching", "planning", "rendering", "assembling", "publishing"].includes(state);
}

async function render(
  prepared: Prepared,
  tracker: SceneTracker,
  context: ProduceContext,
  enter: (state: ProductionState) => void,
) {
  const { plan, production, gathered } = prepared;
  const chunks = uniqueChunks(plan);
  const cached = await takeCached(chunks, context.cache);
  const totalFrames = chunks.reduce((sum, chunk) => sum + chunk.plan.frameCount, 0);
  const cachedFrames = chunks.reduce((sum, chunk) => sum + (cached.has(chunk.key) ? chunk.plan.frameCount : 0), 0);
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
  enter("rendering");
  const progress = new RenderProgress(totalFrames, cachedFrames, context.now);
  const onChunk = (chunk: PlacedChunk, change: ChunkChange): void => {
    if (change.kind === "frames") progress.set(chunk.key, change.frames);
    else if (change.kind === "done") progress.set(chunk.key, chunk.plan.frameCount);
    else if (change.kind === "retrying") progress.set(chunk.key, 0);
    const event = tracker.apply(chunk, change);
    if (event !== null) context.emit(event);
    if (change.kind === "frames" || change.kind === "done") {
      context.emit({ type: "progress", framesRendered: progress.framesRendered, framesTotal: totalFrames, ...progress.measure() });
    }
  };
  return renderChunks(chunks, {
    ...context,
    inputs: { ...gathered.files, ...fontFiles(prepared) },
    skipFailedScenes: production.onSceneFailure === "skip",
    onChunk,
  });
}

/** Digest -> path of every font that a caption names. */
function fontFiles(prepared: Prepared): Record<string, string> {
  const fonts = [...prepared.captions.values()].flatMap((captions) => captions.fonts);
  return Object.fromEntries(fonts.map((font) => [font.sha256, font.path]));
}

type ResultFile = ProductionResult["files"][number];

async function finish(
  prepared: Prepared,
  chunks: ReadonlyMap<string, RenderedChunk>,
  paths: OutputPaths,
  context: ProduceContext,
  enter: (state: ProductionState) => void,
): Promise<{ files: ResultFile[]; mixes: Map<CutPlan, MixedFile | null>; sizeBytes: number }> {
  const { plan, production, gathered } = prepared;
  const fileContext: MakeFileContext = { ...context, audioBitrate: context.audioBitrate(production) };
  const files: ResultFile[] = [];
  const mixes = new Map<CutPlan, MixedFile | null>();
  enter("assembling");
  for (const cut of plan.cuts) mixes.set(cut, await mixCut(cut, gathered, fileContext));
  enter("publishing");
  let sizeBytes = 0;
  for (const cut of plan.cuts) {
    const target = cut.sceneId === null ? paths.film : paths.sceneFile(cut.sceneId);
    const size = await makeFile(cut, plan, chunks, mixes.get(cut) ?? null, target, fileContext);
    sizeBytes += size;
    files.push({ kind: cut.kind, path: target, sizeBytes: size });
    if (cut.kind === "film") files.push(...(await publishExtras(cut, prepared, chunks, paths, context)));
  }
  return { files, mixes, sizeBytes };
}

/** What goes with a film: captions as files, a poster, a contact sheet. */
async function publishExtras(
  cut: CutPlan,
  prepared: Prepared,
  chunks: ReadonlyMap<string, RenderedChunk>,
  paths: OutputPaths,
  context: ProduceContext,
): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  const cues = cut.timeline.scenes.flatMap((timing) => {
    const offset = ((timing.voiceStartSample ?? 0) / SAMPLE_RATE) * 1000;
    const start = timing.voiceStartSample === null ? framesToSeconds(timing.startFrame, cut.timeline.fps) * 1000 : offset;
    return (prepared.captions.get(timing.id)?.cues ?? []).map((cue) => ({ ...cue, startMs: cue.startMs + start, endMs: cue.endMs + start }));
  });
  if (cues.length > 0) {
    for (const [kind, path, text] of [
      ["srt", paths.srt, toSrt(cues)],
      ["vtt", paths.vtt, toVtt(cues)],
    ] as const) {
      await writeFileAtomic(path, text);
      files.push({ kind, path, sizeBytes: Buffer.byteLength(text) });
    }
  }
  const posterPart = partialName(paths.poster);
  const sheetPart = partialName(paths.contactSheet);
  const thumbnails = cut.timeline.scenes.map((timing) => {
    const own = cut.chunks.filter((chunk) => chunk.sceneId === timing.id);
    const middle = own[own.length >> 1] as PlacedChunk;
    return (chunks.get(middle.key) as RenderedChunk).thumbnail;
  });
  await context.runner.run(
    "drawStills",
    {
      filmPath: paths.film,
      poster: { frame: posterFrame(cut), outPath: posterPart },
      contactSheet: thumbnails.length > 1 ? { thumbnails, outPath: sheetPart } : null,
    },
    { signal: context.signal },
  );
  await publishFile(posterPart, paths.poster);
  files.push({ kind: "poster", path: paths.poster, sizeBytes: 0 });
  if (thumbnails.length > 1) {
    await publishFile(sheetPart, paths.contactSheet);
    files.push({ kind: "contact-sheet", path: paths.contactSheet, sizeBytes: 0 });
  }
  return files;
}

/** The middle of the first scene: past its fade, before the next one's. */
function posterFrame(cut: CutPlan): number {
  return (cut.timeline.scenes[0]?.frameCount ?? 0) >> 1;
}

interface ResultParts {
  readonly files: readonly ResultFile[];
  readonly mixes: ReadonlyMap<CutPlan, MixedFile | null>;
  readonly sizeBytes: number;
  readonly chunks: ReadonlyMap<string, RenderedChunk>;
  readonly tracker: SceneTracker;
  readonly skipped: ReadonlyMap<string, ReelburstError>;
  readonly stages: readonly StageSeconds[];
  readonly paths: OutputPaths;
  readonly context: ProduceContext;
}

function resultOf(production: Production, prepared: Prepared, parts: ResultParts): ProductionResult {
  const { plan, encoder } = prepared;
  const main = plan.cuts[0] as CutPlan;
  const film = main.kind === "film";
  const frames = film ? main.timeline.totalFrames : plan.cuts.reduce((sum, cut) => sum + cut.timeline.totalFrames, 0);
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
      file: parts.files.find((file) => file.kind === "scene" && file.path === parts.paths.sceneFile(scene.id))?.path ?? null,
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
    notices: prepared.notices,
    stages: parts.stages,
    slots: parts.context.runner.slots,
    peakMemoryBytes: parts.context.runner.peakBytes,
  };
}
