import type { Direction, TransitionType } from "../production.ts";
import type { DocumentNode } from "./document-node.ts";
import type { ImportReport } from "./import-report.ts";
import type { ImportedScene } from "./importer.ts";
import { roundSeconds } from "./values.ts";

export interface DraftTransition {
  readonly type: TransitionType;
  readonly seconds: number;
  readonly direction?: Direction;
  readonly node: DocumentNode;
}

/** A scene on its way: lengths are still numbers to reckon with. */
export interface SceneDraft {
  readonly node: DocumentNode;
  readonly input: ImportedScene;
  /** Below the scene, `image.src` for example, and where it comes from. */
  readonly origins: Map<string, DocumentNode>;
  /** Null: as long as its narration or its video. */
  seconds: number | null;
  /** Of the narration, where the document states it. */
  narrationSeconds: number | null;
  /** The part of the video and how fast it runs (0: not known); null for pictures and cards. */
  video: { from: number; to: number | null; speed: number } | null;
  /** To the next scene. */
  transition: DraftTransition | null;
}

export function draftScene(node: DocumentNode, input: ImportedScene, seconds: number | null): SceneDraft {
  return {
    node,
    input,
    origins: new Map(),
    seconds,
    narrationSeconds: null,
    video: null,
    transition: null,
  };
}

/**
 * Formats whose scenes overlap while they blend: each is cut back to the middle of its overlaps, which is where our
 * scenes meet, so that the film lasts as long and every blend stands where it stood.
 */
export function resolveOverlaps(drafts: readonly SceneDraft[], report: ImportReport): void {
  const whole = drafts.map(({ seconds }) => seconds);
  for (const [index, draft] of drafts.entries()) {
    const next = drafts[index + 1];
    const { transition } = draft;
    if (next === undefined || transition === null || transition.type === "none") continue;
    const longest = Math.min(
      (whole[index] ?? Number.POSITIVE_INFINITY) / 2,
      (whole[index + 1] ?? Number.POSITIVE_INFINITY) / 2,
    );
    const overlap = Math.min(transition.seconds, longest);
    draft.transition = { ...transition, seconds: overlap };
    const shortened = cutEnd(draft, overlap / 2);
    const begunLater = cutStart(next, overlap / 2);
    if (shortened && begunLater) continue;
    const longer = (shortened ? 0 : overlap / 2) + (begunLater ? 0 : overlap / 2);
    report.say(
      transition.node.path,
      `The scenes do not overlap here, as the length of one is known only when it is read: the film is ${roundSeconds(longer)} s longer.`,
    );
  }
}

function cutEnd(draft: SceneDraft, seconds: number): boolean {
  if (draft.seconds === null) return false;
  draft.seconds -= seconds;
  if (draft.video !== null && draft.video.to !== null) draft.video.to -= seconds * draft.video.speed;
  return true;
}

function cutStart(draft: SceneDraft, seconds: number): boolean {
  if (draft.video !== null) draft.video.from += seconds * draft.video.speed;
  if (draft.seconds !== null) draft.seconds -= seconds;
  // A video that runs to its end gets shorter by beginning later.
  return draft.seconds !== null || (draft.video !== null && draft.input.audio === undefined);
}
