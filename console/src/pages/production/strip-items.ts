/** A production as its strip. Pure. */
import type { Production } from "../../api/types.ts";
import { isEnded, sceneTone } from "../../states.ts";
import type { StripItem } from "../../strip/strip.tsx";
import { failedScene } from "./failed-scene.ts";

const USUAL_FPS = 30;

export function filmFps(production: Production): number {
  if (production.result !== null) return production.result.fps;
  const output = production.document["output"] as { fps?: unknown } | undefined;
  const stated = output?.fps;
  if (typeof stated === "number") return stated;
  const [top, bottom] = typeof stated === "string" ? stated.split("/").map(Number) : [];
  return top && bottom ? top / bottom : USUAL_FPS;
}

/** Width by height of the film's frame. */
export function frameRatio({ result, document }: Production): number {
  if (result !== null) return result.width / result.height;
  const output = document["output"] as { width?: number; height?: number; aspect?: string } | undefined;
  if (output?.width && output.height) return output.width / output.height;
  const [across = 16, down = 9] = (output?.aspect ?? "16:9").split(":").map(Number);
  return across / down;
}

export function stripItems(
  production: Production,
  sketches: ReadonlyMap<string, string> | undefined,
): StripItem[] {
  const items = scenesOf(production, sketches);
  const failed = failedScene(production, items);
  return items.map((item, index) => (index === failed ? { ...item, tone: "failed", says: "failed" } : item));
}

function scenesOf(production: Production, sketches: ReadonlyMap<string, string> | undefined): StripItem[] {
  const fps = filmFps(production);
  if (production.scenes.length > 0) {
    return production.scenes.map((scene) => ({
      id: scene.id,
      seconds: scene.framesTotal / fps,
      picture: scene.thumbnailUrl,
      sketch: sketches?.get(scene.id) ?? null,
      fill:
        scene.status === "done" ? 1 : scene.framesTotal === 0 ? 0 : scene.framesRendered / scene.framesTotal,
      tone: isEnded(production.status) && scene.status === "active" ? "waiting" : sceneTone(scene.status),
      says: scene.cached ? "cached" : scene.status,
    }));
  }
  const written = production.document["scenes"];
  return (Array.isArray(written) ? written : []).map((scene: { id?: unknown; duration?: unknown }, index) => {
    const id = typeof scene.id === "string" ? scene.id : `scene_${String(index + 1).padStart(3, "0")}`;
    return {
      id,
      seconds: typeof scene.duration === "number" ? scene.duration : 4,
      picture: null,
      sketch: sketches?.get(id) ?? null,
      fill: 0,
      tone: "waiting",
      says: "waiting",
    };
  });
}
