/** The stages before drawing: fetch every input, lay out captions, plan. */
import type { ResolvedEncoder } from "../render/encode/resolve-encoder.ts";
import type { Production, Scene } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import { compileSceneCaptions, type SceneCaptions } from "./compile-scene-captions.ts";
import type { ProduceContext } from "./context.ts";
import type { Notice, ProductionState } from "./events.ts";
import { fetchAssets } from "./fetch-assets.ts";
import { type Gathered, gather } from "./gather.ts";
import { type ProductionPlan, planProduction } from "./plan-film.ts";
import { presetNotices } from "./preset-notices.ts";
import { ProductionProblems } from "./problems.ts";
import { without } from "./variants.ts";

export interface Prepared {
  readonly production: Production;
  readonly gathered: Gathered;
  readonly captions: ReadonlyMap<string, SceneCaptions>;
  readonly plan: ProductionPlan;
  readonly encoder: ResolvedEncoder;
  readonly notices: readonly Notice[];
  readonly skipped: ReadonlyMap<string, ReelburstError>;
}

/**
 * Fetches and plans; draws nothing.
 *
 * @param onUnknown as soon as it is clear that the cache cannot hold all that is to be drawn
 */
export async function prepare(
  named: Production,
  context: ProduceContext,
  onState: (state: ProductionState) => void,
  onUnknown?: () => void,
): Promise<Prepared> {
  onState("fetching");
  const fetched = await fetchAssets(named, { ...context, assets: context.assets ?? null });
  const { production } = fetched;
  const gathered = await gather(production, {
    ...context,
    unfetched: fetched.failures,
    onFetched: (done, total, name) => context.emit({ type: "fetched", done, total, name }),
    ...(onUnknown === undefined ? {} : { onUnknown }),
  });
  onState("planning");
  const failures = new Map(gathered.failures);
  const notices: Notice[] = [...gathered.notices];
  const captions = new Map<string, SceneCaptions>();
  for (const scene of gathered.scenes) {
    if (scene.scene.subtitles.length === 0 || isSilent(scene.scene)) continue;
    try {
      const compiled = compileSceneCaptions(scene, production.output, context.faces);
      captions.set(scene.scene.id, compiled.captions);
      notices.push(...compiled.notices);
    } catch (error) {
      const { code, message, hint, path } = ReelburstError.from(error, "CAPTIONS_INVALID");
      const place = path ?? `scenes[${scene.index}].subtitles.src`;
      failures.set(scene.scene.id, [
        new ReelburstError(code, `${scene.scene.id}: ${message}`, { path: place, hint, cause: error }),
      ]);
    }
  }
  if (failures.size > 0 && production.onSceneFailure === "fail")
    throw new ProductionProblems([...failures.values()].flat());
  const skipped = new Map([...failures].map(([id, errors]) => [id, errors[0] as ReelburstError]));
  const encoder = await context.encoder(production);
  const planned = planWithout(
    new Set(failures.keys()),
    { production, gathered, captions, encoder },
    failures,
  );
  return { ...planned, notices: [...notices, ...presetNotices(production.output, planned.plan)], skipped };
}

/** The style `none` on a scene's only track asks for no captions at all, beside the film neither. */
function isSilent({ subtitles }: Scene): boolean {
  const [track] = subtitles;
  return subtitles.length === 1 && track !== undefined && track.captions.style === "none";
}

/**
 * The same production planned again without some of its scenes, their sound included. Nothing is fetched
 * again, and the scenes that stay keep their place in the user's file for messages.
 */
export function dropScenes(prepared: Prepared, failed: ReadonlyMap<string, ReelburstError>): Prepared {
  const failures = new Map([...failed].map(([id, error]) => [id, [error]]));
  return { ...prepared, ...planWithout(new Set(failed.keys()), prepared, failures) };
}

/** @throws ProductionProblems when no scene is left */
function planWithout(
  dropped: ReadonlySet<string>,
  parts: Pick<Prepared, "production" | "gathered" | "captions" | "encoder">,
  failures: ReadonlyMap<string, readonly ReelburstError[]>,
): Pick<Prepared, "production" | "gathered" | "captions" | "encoder" | "plan"> {
  const production = without(parts.production, dropped);
  if (production.scenes.length === 0) throw new ProductionProblems([...failures.values()].flat());
  const gathered = {
    ...parts.gathered,
    scenes: parts.gathered.scenes.filter(({ scene }) => !dropped.has(scene.id)),
  };
  const plan = planProduction({
    production,
    gathered,
    captions: parts.captions,
    encoder: parts.encoder.settings,
  });
  return { ...parts, production, gathered, plan };
}
