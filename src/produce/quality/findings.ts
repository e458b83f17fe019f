/**
 * What of a report deserves a look, and why. Every threshold stands here and in docs/guide/report.md. One finding for
 * each kind and scene, at its worst place: a file of a thousand fast captions is one thing to mend. Pure.
 */
import { formatSeconds, formatTimecode } from "../../support/format.ts";
import type { CueQuality, FileQuality, Finding, SceneQuality } from "./quality-report.ts";

const BLACK_SECONDS = 1;
const STILL_SECONDS = 2;
const SILENT_SECONDS = 2;
const LOUDNESS_LU = 1;
/** A viewer reaches for the volume. */
const SCENE_LOUDNESS_LU = 6;
/** ITU-R BT.1359: late sound is noticed from 125 ms on, early sound from 45 ms; a coder's last frame takes 21 ms. */
const DRIFT_MS = 45;
/** WCAG 2, level AA: 4.5 for text, 3 for large text. */
const CONTRAST_TEXT = 4.5;
const CONTRAST_LARGE = 3;
/** Of one part of a caption: letters that cannot be made out. */
const CONTRAST_LOST = 2;
/** Beyond this nobody keeps up; between 1 and this some do not. */
const LOAD_LOST = 1.25;
/** Five sixths of a second, the least of Netflix' Timed Text Style Guide. */
const BRIEF_SECONDS = 5 / 6;
/** As late as captions may hang over without a word. */
const CUT_SECONDS = 0.25;
/** Netflix' Timed Text Style Guide. */
const MOST_LINES = 2;

export function findingsOf(files: readonly FileQuality[]): Finding[] {
  const found = files.flatMap((file) => [...fileFindings(file)]);
  const rank = ({ severity }: Finding): number => (severity === "warning" ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b) || (a.atSeconds ?? 0) - (b.atSeconds ?? 0));
}

function* fileFindings(file: FileQuality): Generator<Finding> {
  yield* durationFindings(file);
  yield* soundFindings(file);
  yield* pictureFindings(file);
  for (const scene of file.scenes) yield* captionFindings(scene);
}

function* durationFindings({ scene, duration }: FileQuality): Generator<Finding> {
  const { driftMs } = duration;
  if (driftMs === null || Math.abs(driftMs) <= DRIFT_MS) return;
  yield {
    code: "SOUND_DRIFT",
    severity: "warning",
    scene,
    atSeconds: duration.pictureSeconds,
    message: `The sound is ${Math.abs(driftMs)} ms ${driftMs > 0 ? "longer" : "shorter"} than the picture.`,
    hint: "Run again with --no-cache; if it stays, report it.",
  };
}

function* soundFindings(file: FileQuality): Generator<Finding> {
  for (const { startSeconds, seconds, expectsSound } of file.silent) {
    if (seconds < SILENT_SECONDS) continue;
    yield {
      code: "SOUND_SILENT",
      severity: expectsSound ? "warning" : "info",
      scene: sceneAt(file, startSeconds + seconds / 2),
      atSeconds: startSeconds,
      message: `Nothing is heard for ${formatSeconds(seconds)} from ${formatTimecode(startSeconds)} on${expectsSound ? ", where a voice or music was placed" : ""}.`,
      hint: expectsSound
        ? "Listen to the sound file of this scene."
        : "Lay music under the film, or give the scene a narration.",
    };
  }
  const { loudness } = file;
  if (loudness === null || loudness.integratedLufs === null) return;
  const { integratedLufs, targetLufs } = loudness;
  if (targetLufs !== null && Math.abs(integratedLufs - targetLufs) > LOUDNESS_LU) {
    yield {
      code: "LOUDNESS_OFF",
      severity: "warning",
      scene: file.scene,
      atSeconds: null,
      message: `The loudness is ${integratedLufs.toFixed(1)} LUFS; asked for were ${targetLufs}.`,
      hint: "The peaks leave no room: lower output.loudness, or level the narration beforehand.",
    };
  }
  const spoken = file.scenes.filter((scene) => scene.loudnessLufs !== null);
  if (spoken.length < 2) return;
  for (const scene of spoken) {
    const difference = (scene.loudnessLufs as number) - integratedLufs;
    if (Math.abs(difference) <= SCENE_LOUDNESS_LU) continue;
    const how = difference > 0 ? "louder" : "quieter";
    yield {
      code: "SCENE_LOUDNESS",
      severity: "info",
      scene: scene.id,
      atSeconds: scene.startSeconds,
      message: `${scene.id} is ${Math.abs(difference).toFixed(1)} LU ${how} than the film.`,
      hint: "Set the scene's audio.volume, or level the recordings.",
    };
  }
}

function* pictureFindings(file: FileQuality): Generator<Finding> {
  for (const { startSeconds, seconds } of file.black) {
    if (seconds < BLACK_SECONDS) continue;
    yield {
      code: "PICTURE_BLACK",
      severity: "warning",
      scene: sceneAt(file, startSeconds + seconds / 2),
      atSeconds: startSeconds,
      message: `The picture is black for ${formatSeconds(seconds)} from ${formatTimecode(startSeconds)} on.`,
      hint: "Look at the picture or the video of this scene.",
    };
  }
  for (const { scene, startSeconds, seconds, why } of file.still) {
    if (seconds < STILL_SECONDS || why === "plan" || why === "plain") continue;
    const isHeld = why === "held";
    yield {
      code: isHeld ? "VIDEO_HELD" : "VIDEO_FROZEN",
      severity: "info",
      scene,
      atSeconds: startSeconds,
      message: isHeld
        ? `The video of ${scene} ends early: its last frame stands for ${formatSeconds(seconds)}.`
        : `The video of ${scene} stands still for ${formatSeconds(seconds)} from ${formatTimecode(startSeconds)} on.`,
      hint: isHeld
        ? "Set retime: fit, or give the scene less time."
        : "Trim it there, if it is not meant to stand still.",
    };
  }
}

function* captionFindings({ id, startSeconds, captions }: SceneQuality): Generator<Finding> {
  if (captions === null) return;
  const { cues } = captions;
  yield* worstOf(
    cues,
    (cue) => cue.load,
    1,
    (cue, count) => ({
      code: "CAPTION_FAST",
      severity: cue.load > LOAD_LOST ? "warning" : "info",
      scene: id,
      atSeconds: cue.startSeconds,
      message: `${countOf(count, "caption")} of ${id} cannot be read in time. The fastest, ${quoted(cue)}, has ${cue.charactersPerSecond.toFixed(0)} characters a second for ${formatSeconds(cue.seconds)}.`,
      hint: "Shorten the text, or show it longer.",
    }),
  );
  const cutBy = (cue: CueQuality): number => cue.cutSeconds;
  yield* worstOf(cues, cutBy, CUT_SECONDS, (cue, count) => ({
    code: "CAPTION_CUT",
    severity: "warning",
    scene: id,
    atSeconds: cue.startSeconds,
    message: `The scene ends before ${countOf(count, "caption")} of ${id}: ${quoted(cue)} loses ${formatSeconds(cue.cutSeconds)}.`,
    hint: "Give the scene more time (pad.after, duration), or end the caption earlier.",
  }));
  if (captions.dropped > 0) {
    yield {
      code: "CAPTION_DROPPED",
      severity: "warning",
      scene: id,
      atSeconds: startSeconds,
      message: `${countOf(captions.dropped, "caption")} of ${id} would begin after the scene's end.`,
      hint: "Give the scene more time (duration), or check the captions' times.",
    };
  }
  yield* worstOf(
    cues,
    (cue) => -cue.seconds,
    -BRIEF_SECONDS,
    (cue, count) => ({
      code: "CAPTION_BRIEF",
      severity: "info",
      scene: id,
      atSeconds: cue.startSeconds,
      message: `${countOf(count, "caption")} of ${id} ${count === 1 ? "lasts" : "last"} less than ${BRIEF_SECONDS.toFixed(2)} s; ${quoted(cue)} lasts ${cue.seconds.toFixed(2)} s.`,
      hint: "Join it with its neighbour.",
    }),
  );
  yield* worstOf(
    cues,
    (cue) => cue.lines,
    MOST_LINES,
    (cue, count) => ({
      code: "CAPTION_LINES",
      severity: "info",
      scene: id,
      atSeconds: cue.startSeconds,
      message: `${countOf(count, "caption")} of ${id} ${count === 1 ? "takes" : "take"} more than ${MOST_LINES} lines; ${quoted(cue)} takes ${cue.lines}.`,
      hint: "Split it, or choose a smaller captions.size.",
    }),
  );
  if (captions.overflowPixels > 0) {
    yield {
      code: "CAPTION_OVERFLOW",
      severity: "warning",
      scene: id,
      atSeconds: startSeconds,
      message: `Captions of ${id} reach ${captions.overflowPixels} pixels out of the safe area.`,
      hint: "Choose a smaller captions.size, or shorter texts.",
    };
  }
  yield* contrastFindings(id, cues);
}

function* contrastFindings(id: string, cues: readonly CueQuality[]): Generator<Finding> {
  const measured = cues.filter((cue) => cue.contrast !== null);
  // How far a caption is from good, so that its mean and its worst part can be weighed against each other.
  const lack = ({ contrast }: CueQuality): number =>
    contrast === null ? 0 : Math.max(CONTRAST_TEXT / contrast.mean, CONTRAST_LARGE / contrast.worst);
  yield* worstOf(measured, lack, 1, (cue, count) => {
    const { mean, worst } = cue.contrast as NonNullable<CueQuality["contrast"]>;
    return {
      code: "CAPTION_CONTRAST",
      severity: mean < CONTRAST_LARGE || worst < CONTRAST_LOST ? "warning" : "info",
      scene: id,
      atSeconds: cue.startSeconds,
      message: `${countOf(count, "caption")} of ${id} ${count === 1 ? "is" : "are"} hard to tell from the picture. ${quoted(cue)} has a contrast of ${mean.toFixed(1)}, ${worst.toFixed(1)} at its worst place.`,
      hint: "Use the captions style boxed or outline, or another colour.",
    };
  });
}

/** The finding for the item with the largest value above `limit`, if there is one. */
function* worstOf<Item>(
  items: readonly Item[],
  measure: (item: Item) => number,
  limit: number,
  finding: (worst: Item, count: number) => Finding,
): Generator<Finding> {
  const over = items.filter((item) => measure(item) > limit);
  const [first, ...rest] = over;
  if (first === undefined) return;
  yield finding(
    rest.reduce((worst, item) => (measure(item) > measure(worst) ? item : worst), first),
    over.length,
  );
}

function sceneAt(file: FileQuality, seconds: number): string | null {
  return file.scenes.findLast((scene) => scene.startSeconds <= seconds)?.id ?? null;
}

const QUOTE_CHARACTERS = 40;

function quoted({ text }: CueQuality): string {
  const line = [...text.replaceAll(/\s+/gu, " ")];
  return `"${
    line.length > QUOTE_CHARACTERS
      ? `${line
          .slice(0, QUOTE_CHARACTERS - 1)
          .join("")
          .trimEnd()}…`
      : line.join("")
  }"`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
