/** A card becomes a picture: laid out here, drawn once by a render process, from then on as any other picture. */
import path from "node:path";
import type { FaceInfo } from "../render/captions/fonts/face.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import type { CardPlan } from "../render/cards/card-plan.ts";
import { planCard } from "../render/cards/plan-card.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ImageFacts } from "../render/process/tasks/probe-image.ts";
import type { CardSettings, OutputSettings, Scene } from "../spec/production.ts";
import type { CacheEntry, ChunkCache } from "../storage/chunk-cache.ts";
import { digestOf } from "../support/hash.ts";
import { isBurned } from "./compile-scene-captions.ts";

/** Raise when the same plan is drawn differently. */
const CARD_VERSION = 1;

export interface OpenCardContext {
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly faces: FaceLibrary;
  readonly tempRoot: string;
  readonly signal: AbortSignal;
}

export interface OpenedCard {
  /** SHA-256 of the drawn picture. */
  readonly digest: string;
  readonly file: string;
  readonly cacheKey: string;
  readonly facts: ImageFacts;
}

export type OpenCard = (
  card: CardSettings,
  scene: Scene,
  output: OutputSettings,
  where: string,
) => Promise<OpenedCard>;

/**
 * Scenes may show the same card. They are opened side by side, so the first to come draws it and the others wait.
 *
 * What it returns throws ReelburstError GLYPHS_MISSING, CARD_TEXT_TOO_LONG, FONT_UNUSABLE, with the card's place in
 * the production (`where`) and the part that is meant.
 */
export function cardOpener(context: OpenCardContext): OpenCard {
  const drawn = new Map<string, Promise<CacheEntry>>();
  return async (card, scene, { width, height }, where) => {
    const { plan, fonts, notices } = planCard({
      card,
      frame: { width, height },
      language: scene.language,
      faces: context.faces,
      captioned: scene.subtitles.some((track) => isBurned(track) && track.captions.position === "bottom"),
      path: where,
    });
    const cacheKey = `card-${digestOf({ version: CARD_VERSION, plan })}`;
    const drawing = drawn.get(cacheKey) ?? draw(plan, fonts, cacheKey, context);
    drawn.set(cacheKey, drawing);
    const entry = await drawing;
    const facts = {
      width: plan.width,
      height: plan.height,
      format: "png",
      hasAlpha: false,
      frames: 1,
      focus: { x: 0.5, y: 0.5 },
      // Large letters over a plain ground are few edges for their area.
      hardEdges: 0,
      warnings: notices,
    };
    return { digest: entry.sha256 ?? cacheKey, file: entry.path, cacheKey, facts };
  };
}

async function draw(
  plan: CardPlan,
  fonts: readonly FaceInfo[],
  cacheKey: string,
  { cache, runner, tempRoot, signal }: OpenCardContext,
): Promise<CacheEntry> {
  const known = await cache.get(cacheKey);
  if (known !== null) return known;
  const outPath = path.join(tempRoot, `${cacheKey}.png`);
  const inputs = Object.fromEntries(fonts.map((font) => [font.sha256, font.path]));
  await runner.run("drawCard", { plan, inputs, outPath }, { signal });
  return cache.put(cacheKey, outPath, {});
}
