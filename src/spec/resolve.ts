import { resolve } from "node:path";
import {
  checkDirection,
  checkSceneLength,
  checkTrackLanguages,
  checkVideo,
  fitTransitions,
  resolveSceneIds,
} from "./check-scenes.ts";
import { OUTPUT_DEFAULTS, RUN_DEFAULTS, SOUNDTRACK_DEFAULTS, WATERMARK_DEFAULTS } from "./defaults.ts";
import { parseFrameRate } from "./frame-rate.ts";
import { resolveFrameSize } from "./frame-size.ts";
import type { Issue } from "./issue.ts";
import { PRESETS } from "./presets.ts";
import type { OutputSettings, Production, RunSettings, Scene, Soundtrack, Watermark } from "./production.ts";
import { checkCard } from "./resolve-card.ts";
import { resolveScene, withoutUndefined } from "./resolve-scene.ts";
import type { ProductionInput } from "./schema.ts";
import type { SceneInput } from "./schema-scene.ts";
import type { ParseContext, ResolvePath } from "./source-path.ts";
import { createPathResolver } from "./source-path.ts";
import { parseTimeSpan } from "./time-span.ts";

/** A production whose parts passed the schema; a scene that didn't is null and keeps its place. */
export type ReadableInput = Omit<ProductionInput, "scenes"> & {
  readonly scenes: readonly (SceneInput | null)[];
  /** The ids as written, also of scenes that are null above. */
  readonly sceneIds?: readonly (Pick<SceneInput, "id"> | null)[];
};

/**
 * Fills in every default, makes paths absolute and checks what spans fields.
 * The result means something only when neither the schema nor this found an error.
 */
export function resolveProduction(
  input: ReadableInput,
  context: ParseContext,
): { production: Production; issues: Issue[] } {
  const issues: Issue[] = [];
  const resolvePath = createPathResolver(context, issues);
  const production: Production = {
    version: 1,
    baseDirectory: resolve(context.baseDirectory),
    title: input.title ?? null,
    output: resolveOutput(input.output ?? {}, issues),
    scenes: resolveScenes(input, resolvePath, issues),
    soundtrack: resolveSoundtrack(input.soundtrack, resolvePath),
    watermark: resolveWatermark(input.watermark, resolvePath),
    onSceneFailure: input.onSceneFailure ?? "fail",
    run: resolveRun(input.run ?? {}),
    webhook: input.webhook ?? null,
    metadata: input.metadata ?? {},
  };
  return { production, issues };
}

function resolveOutput(input: NonNullable<ProductionInput["output"]>, issues: Issue[]): OutputSettings {
  const name = input.preset ?? OUTPUT_DEFAULTS.preset;
  const preset = name === null ? null : PRESETS[name];
  const { size, issues: sizeIssues } = resolveFrameSize(input, preset?.aspect);
  issues.push(...sizeIssues);
  return {
    ...size,
    fps: (input.fps === undefined ? null : parseFrameRate(input.fps)) ?? OUTPUT_DEFAULTS.fps,
    format: input.format ?? OUTPUT_DEFAULTS.format,
    codec: input.codec ?? OUTPUT_DEFAULTS.codec,
    quality: input.quality ?? preset?.quality ?? OUTPUT_DEFAULTS.quality,
    audioBitrate:
      input.audioBitrate === undefined
        ? (preset?.audioBitrate ?? OUTPUT_DEFAULTS.audioBitrate)
        : input.audioBitrate,
    preset: name,
    deliver: input.deliver ?? OUTPUT_DEFAULTS.deliver,
    loudness: input.loudness === undefined ? OUTPUT_DEFAULTS.loudness : input.loudness,
  };
}

function resolveScenes(input: ReadableInput, resolvePath: ResolvePath, issues: Issue[]): Scene[] {
  const ids = resolveSceneIds(input.sceneIds ?? input.scenes, issues);
  const scenes: Scene[] = [];
  issues.push(...checkDirection(input.defaults?.transition, undefined, "defaults.transition"));
  for (const [index, scene] of input.scenes.entries()) {
    if (scene === null) continue;
    const path = `scenes[${index}]`;
    const resolved = resolveScene(scene, input.defaults ?? {}, ids[index] ?? "", path, resolvePath);
    issues.push(
      ...(resolved.card === null ? [] : checkCard(resolved.card, `${path}.card`)),
      ...checkTrackLanguages(resolved, path),
      ...checkDirection(scene.transition, input.defaults?.transition, `${path}.transition`),
      ...checkSceneLength(resolved, path),
      ...checkVideo(resolved, scene, path),
    );
    scenes.push(resolved);
  }
  // Neighbours are known only when every scene could be read.
  if (scenes.length < input.scenes.length) return scenes;
  return fitTransitions(scenes, (index) => input.scenes[index]?.transition !== undefined, issues);
}

function resolveSoundtrack(
  input: ProductionInput["soundtrack"],
  resolvePath: ResolvePath,
): Soundtrack | null {
  if (input === undefined || input === null) return null;
  if (typeof input === "string") return { src: resolvePath(input, "soundtrack"), ...SOUNDTRACK_DEFAULTS };
  return {
    ...SOUNDTRACK_DEFAULTS,
    ...withoutUndefined(input),
    src: resolvePath(input.src, "soundtrack.src"),
  };
}

function resolveWatermark(input: ProductionInput["watermark"], resolvePath: ResolvePath): Watermark | null {
  if (input === undefined || input === null) return null;
  if (typeof input === "string") return { src: resolvePath(input, "watermark"), ...WATERMARK_DEFAULTS };
  return { ...WATERMARK_DEFAULTS, ...withoutUndefined(input), src: resolvePath(input.src, "watermark.src") };
}

function resolveRun(input: NonNullable<ProductionInput["run"]>): RunSettings {
  const limit = input.maxDuration ?? null;
  return {
    where: input.where ?? RUN_DEFAULTS.where,
    maxCost: input.maxCost ?? RUN_DEFAULTS.maxCost,
    maxDuration: limit === null ? RUN_DEFAULTS.maxDuration : parseTimeSpan(limit),
    spot: input.spot ?? RUN_DEFAULTS.spot,
  };
}
