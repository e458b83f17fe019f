import { TRANSITION_DEFAULTS } from "./defaults.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, quote, warningIssue } from "./issue.ts";
import type { Scene } from "./production.ts";
import { SCENE_ID_PATTERN } from "./scene-id.ts";
import type { SceneInput } from "./schema-scene.ts";
import { DIRECTED_TRANSITIONS, isDirected, layerTransition } from "./transition.ts";

/**
 * The id of every scene. One without gets `scene_001` by its place; should another scene have taken that
 * name, `scene_001_2`. Null stands for a scene that could not be read; it keeps its place.
 *
 * Ids become file names, so two that differ only in case are the same.
 */
export function resolveSceneIds(
  scenes: readonly (Pick<SceneInput, "id"> | null)[],
  issues: Issue[],
): string[] {
  const firstUse = new Map<string, number>();
  for (const [index, scene] of scenes.entries()) {
    if (typeof scene?.id !== "string" || !SCENE_ID_PATTERN.test(scene.id)) continue;
    const first = firstUse.get(scene.id.toLowerCase());
    if (first === undefined) firstUse.set(scene.id.toLowerCase(), index);
    else {
      issues.push(
        errorIssue(
          "SCENE_ID_DUPLICATE",
          `scenes[${index}].id`,
          `The id ${quote(scene.id)} is already used by scenes[${first}].`,
          "Give each scene its own id.",
        ),
      );
    }
  }
  return scenes.map((scene, index) => {
    if (scene?.id !== undefined) return scene.id;
    const numbered = `scene_${String(index + 1).padStart(3, "0")}`;
    let id = numbered;
    for (let attempt = 2; firstUse.has(id); attempt++) id = `${numbered}_${attempt}`;
    firstUse.set(id, index);
    return id;
  });
}

/** What a video scene cannot do, and a part of the video that cannot be. */
export function checkVideo(scene: Scene, input: SceneInput, path: string): Issue[] {
  const issues: Issue[] = [];
  if (scene.video === null) return issues;
  const { from, to } = scene.video.trim;
  if (to !== null && from >= to) {
    issues.push(
      errorIssue(
        "TRIM_INVALID",
        `${path}.video.trim`,
        `The part to show begins at ${from} s and ends at ${to} s.`,
        "Let to be above from; without to, the video is shown to its end.",
      ),
    );
  }
  const { motion } = input;
  const moves = motion !== undefined && motion !== "none";
  const standsStill = typeof motion === "object" && "effect" in motion && motion.effect === "none";
  if (moves && !standsStill) {
    issues.push(
      errorIssue(
        "MOTION_ON_VIDEO",
        `${path}.motion`,
        "A video moves by itself; motion is for pictures.",
        "Remove motion, or set it to none.",
      ),
    );
  }
  return issues;
}

/** A language's captions are one file beside the film, so no scene may have two of them. */
export function checkTrackLanguages({ subtitles }: Scene, path: string): Issue[] {
  return subtitles.flatMap(({ language }, index) => {
    const first = subtitles.findIndex((track) => track.language === language);
    if (language === null || first === index) return [];
    return [
      errorIssue(
        "SUBTITLE_LANGUAGE_DUPLICATE",
        `${path}.subtitles[${index}].language`,
        `The language ${quote(language)} is already that of subtitles[${first}].`,
        "Give each track its own language.",
      ),
    ];
  });
}

/** A still needs a length from somewhere: its narration, its own duration, or the default one. */
export function checkSceneLength(scene: Scene, path: string): Issue[] {
  if (scene.audio !== null || scene.video !== null || scene.duration !== "auto") return [];
  return [
    errorIssue(
      "SCENE_DURATION_MISSING",
      path,
      "The scene has neither narration nor a duration.",
      "Add audio, a duration in seconds, or defaults.duration for all such scenes.",
    ),
  ];
}

/** A direction beside a transition that has none was meant for another one. `defaults` are what it is laid over. */
export function checkDirection(
  transition: SceneInput["transition"],
  defaults: SceneInput["transition"],
  path: string,
): Issue[] {
  if (typeof transition !== "object" || transition.direction === undefined) return [];
  const { type } = layerTransition(layerTransition(TRANSITION_DEFAULTS, defaults), transition);
  if (isDirected(type)) return [];
  return [
    errorIssue(
      "TRANSITION_DIRECTION",
      `${path}.direction`,
      `The transition is ${quote(type)}, which has no direction.`,
      `Choose ${DIRECTED_TRANSITIONS.join(", ")}, or leave the direction out.`,
    ),
  ];
}

/**
 * A blend must fit into both scenes it joins. One the scene asks for itself is an error when it doesn't;
 * one from the defaults is shortened with a warning. The last scene's is ignored by the renderer.
 */
export function fitTransitions(
  scenes: readonly Scene[],
  isOwnTransition: (index: number) => boolean,
  issues: Issue[],
): Scene[] {
  return scenes.map((scene, index) => {
    const next = scenes[index + 1];
    if (next === undefined || scene.transition.type === "none") return scene;
    const longest = Math.min(
      scene.duration === "auto" ? Number.POSITIVE_INFINITY : scene.duration,
      next.duration === "auto" ? Number.POSITIVE_INFINITY : next.duration,
    );
    const { duration } = scene.transition;
    if (duration <= longest) return scene;
    const path = `scenes[${index}].transition`;
    const message = `The transition takes ${duration} s, but the shorter of the two scenes it joins lasts ${longest} s.`;
    if (isOwnTransition(index)) {
      issues.push(
        errorIssue(
          "TRANSITION_TOO_LONG",
          path,
          message,
          `Shorten it to ${longest} s or less, or lengthen the scene.`,
        ),
      );
      return scene;
    }
    issues.push(warningIssue("TRANSITION_SHORTENED", path, `${message} It is shortened to ${longest} s.`));
    return { ...scene, transition: { ...scene.transition, duration: longest } };
  });
}
