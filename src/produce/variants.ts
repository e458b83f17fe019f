/** Other cuts of the same production: one scene of it, a quick look at it. Pure. */
import type { Production, Quality } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";

/** @throws ReelburstError SCENE_UNKNOWN */
export function onlyScene(production: Production, id: string): Production {
  const scenes = production.scenes.filter((scene) => scene.id === id);
  if (scenes.length === 0) {
    throw new ReelburstError("SCENE_UNKNOWN", `There is no scene "${id}".`, {
      hint: `The scenes are ${production.scenes.map((scene) => scene.id).join(", ")}.`,
    });
  }
  return { ...production, scenes };
}

const PREVIEW_SHORT_SIDE = 360;

/** Low resolution, fastest encoding: for judging timing, motion and captions within seconds. */
export function preview(production: Production): Production {
  const { width, height } = production.output;
  const factor = Math.min(1, PREVIEW_SHORT_SIDE / Math.min(width, height));
  const even = (value: number): number => Math.max(2, 2 * Math.round((value * factor) / 2));
  return {
    ...production,
    output: {
      ...production.output,
      width: even(width),
      height: even(height),
      quality: "draft",
      codec: "h264",
    },
  };
}

export function withQuality(production: Production, quality: Quality): Production {
  return { ...production, output: { ...production.output, quality } };
}

export function without(production: Production, sceneIds: ReadonlySet<string>): Production {
  return { ...production, scenes: production.scenes.filter((scene) => !sceneIds.has(scene.id)) };
}
