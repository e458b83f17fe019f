import type { Scene } from "./production.ts";

/** Where a track of a scene's captions stands in the production; one without others is no list. */
export function trackPath(scene: Scene, sceneIndex: number, track: number): string {
  return `scenes[${sceneIndex}].subtitles${scene.subtitles.length > 1 ? `[${track}]` : ""}`;
}
