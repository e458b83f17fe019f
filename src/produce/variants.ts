/** Other cuts of the same production: one scene of it, a quick look at it. Pure. */
import { resolveFrameSize } from "../spec/frame-size.ts";
import { PRESETS } from "../spec/presets.ts";
import type { PresetName, Production, Quality } from "../spec/production.ts";
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

/** As a film of this kind, whatever the production itself says about size, quality and bit rate. */
export function withPreset(production: Production, name: PresetName): Production {
  const { aspect, quality, audioBitrate } = PRESETS[name];
  const { size } = resolveFrameSize({}, aspect);
  return { ...production, output: { ...production.output, ...size, quality, audioBitrate, preset: name } };
}

export function without(production: Production, sceneIds: ReadonlySet<string>): Production {
  return { ...production, scenes: production.scenes.filter((scene) => !sceneIds.has(scene.id)) };
}
