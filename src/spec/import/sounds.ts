import { AIR_SECONDS } from "./air.ts";
import type { DocumentNode } from "./document-node.ts";
import type { FilmParts } from "./film.ts";
import type { ImportReport } from "./import-report.ts";
import type { SceneDraft } from "./scene-draft.ts";
import { TOUCHING_SECONDS } from "./timed-clips.ts";
import { roundSeconds } from "./values.ts";

export interface TimedSound {
  readonly node: DocumentNode;
  /** The sound's `src` in the document. */
  readonly src: DocumentNode;
  readonly path: string;
  /** Linear gain. */
  readonly volume: number;
  /** Seconds from the film's beginning. */
  readonly start: number;
  /** Seconds; null: not stated. */
  readonly seconds: number | null;
}

/**
 * A sound on a timeline becomes a scene's narration when it lies within the scene, or the soundtrack when it begins
 * with the film and outlasts its first scene. There is one narration for each scene and one soundtrack.
 */
export function placeSounds(
  sounds: readonly TimedSound[],
  drafts: readonly SceneDraft[],
  film: FilmParts,
  report: ImportReport,
): void {
  const starts = startsOf(drafts);
  for (const sound of sounds) {
    const index = starts.findLastIndex((start) => start !== null && start <= sound.start + TOUCHING_SECONDS);
    const draft = drafts[index];
    const sceneStart = starts[index] ?? 0;
    if (draft === undefined) {
      report.drop(sound.node, "No scene is known to be on screen when this sound begins.");
      continue;
    }
    const sceneEnd = draft.seconds === null ? null : sceneStart + draft.seconds;
    const end = sound.seconds === null ? null : sound.start + sound.seconds;
    const within = end === null || sceneEnd === null || end <= sceneEnd + TOUCHING_SECONDS;
    const isLast = index === drafts.length - 1;
    const fromTheStart = sound.start <= TOUCHING_SECONDS;
    if ((within || isLast) && !(fromTheStart && end === null && !isLast && film.soundtrack === null)) {
      narrate(sound, draft, Math.max(0, sound.start - sceneStart), report);
    } else if (fromTheStart && film.soundtrack === null) {
      film.soundtrack = { node: sound.src, path: sound.path, volume: sound.volume };
    } else {
      report.drop(
        sound.node,
        "This sound runs on into the next scene; a narration belongs to one scene.",
        "Cut it where the scenes change, or mix it into the soundtrack.",
      );
    }
  }
}

/** @param lead seconds of the scene before the sound */
export function narrate(
  sound: Omit<TimedSound, "start">,
  draft: SceneDraft,
  lead: number,
  report: ImportReport,
): void {
  if (draft.input.audio !== undefined && draft.input.audio !== null) {
    report.drop(
      sound.node,
      "The scene has a narration already; a second sound at the same time is not mixed.",
      "Mix the two into one file.",
    );
    return;
  }
  draft.input.audio = sound.volume === 1 ? sound.path : { src: sound.path, volume: sound.volume };
  draft.origins.set("audio", sound.src);
  draft.narrationSeconds = sound.seconds;
  if (lead > TOUCHING_SECONDS) {
    draft.input.pad = { ...draft.input.pad, before: roundSeconds(lead) };
    draft.origins.set("pad", sound.node);
  }
}

/** A film does not begin on a syllable: its first narration waits, and no word of it may be cut off for that. */
export function allowForAir(draft: SceneDraft | undefined, report: ImportReport): void {
  if (draft?.input.audio === undefined || draft.input.audio === null || draft.seconds === null) return;
  const lead = draft.input.pad?.before ?? 0;
  if (lead >= AIR_SECONDS) return;
  const spoken = draft.narrationSeconds ?? draft.seconds - lead;
  const longer = Math.max(0, AIR_SECONDS + spoken - draft.seconds);
  draft.seconds += longer;
  const late = `A film's first narration begins after ${AIR_SECONDS} s of silence, ${roundSeconds(AIR_SECONDS - lead)} s later than here`;
  report.say(
    draft.node.path,
    longer > 0 ? `${late}; the scene lasts ${roundSeconds(longer)} s longer.` : `${late}.`,
  );
}

/** Null from the first scene on whose beginning depends on a file. */
function startsOf(drafts: readonly SceneDraft[]): (number | null)[] {
  let at: number | null = 0;
  return drafts.map(({ seconds }) => {
    const start = at;
    at = at === null || seconds === null ? null : at + seconds;
    return start;
  });
}
