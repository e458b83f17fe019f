import { assetPath, findByStem } from "../assets.ts";
import type { DocumentNode } from "../document-node.ts";
import { emptyFilm } from "../film.ts";
import type { ImportReport } from "../import-report.ts";
import { AUDIO_EXTENSIONS } from "../media.ts";
import type { SceneDraft } from "../scene-draft.ts";
import { narrate, placeSounds, type TimedSound } from "../sounds.ts";

interface Element {
  readonly element: DocumentNode;
  readonly type: string;
}

/** Sounds of a scene: recorded ones, and voices whose recordings are at hand as `scene_001.mp3`. */
export function readSceneSounds(
  elements: readonly Element[],
  index: number,
  drafts: readonly SceneDraft[],
  report: ImportReport,
): void {
  const sounds = elements.flatMap(({ element, type }): TimedSound[] => {
    if (type === "voice") return voiceOf(element, index, report);
    return type === "audio" ? soundOf(element, report) : [];
  });
  const [first] = drafts;
  if (first === undefined) {
    for (const { node } of sounds) report.drop(node, "The scene has no picture to be heard with.");
  } else if (drafts.length === 1) {
    for (const sound of sounds) narrate(sound, first, sound.start, report);
  } else {
    // A soundtrack is the film's, not a scene's: what does not fit into one picture finds no place here.
    const film = emptyFilm();
    const taken = { node: first.node, path: "", volume: 0 };
    placeSounds(sounds, drafts, { ...film, soundtrack: taken }, report);
  }
}

function soundOf(element: DocumentNode, report: ImportReport): TimedSound[] {
  const src = element.get("src");
  if (element.get("muted").flag() === true) {
    element.use();
    return [];
  }
  if ((element.get("seek").number() ?? 0) > 0) {
    report.drop(element, "A sound is used from its beginning.", "Cut the file beforehand.");
    return [];
  }
  const path = report.source(src);
  return path === null ? [] : [timed(element, src, path)];
}

function voiceOf(element: DocumentNode, index: number, report: ImportReport): TimedSound[] {
  const stem = `scene_${String(index + 1).padStart(3, "0")}`;
  const name = findByStem(report.assets, stem, AUDIO_EXTENSIONS);
  if (name === null || report.assets === null) {
    report.drop(
      element,
      "Texts are not spoken here.",
      `Put the recording into the assets folder as ${stem}.mp3.`,
    );
    return [];
  }
  element.ignore("text", "voice", "model", "model-settings", "connection");
  return [timed(element, element, assetPath(report.assets, name))];
}

function timed(node: DocumentNode, src: DocumentNode, path: string): TimedSound {
  const seconds = node.get("duration").number();
  return {
    node,
    src,
    path,
    volume: node.get("volume").number() ?? 1,
    start: Math.max(0, node.get("start").number() ?? 0),
    seconds: seconds !== null && seconds > 0 ? seconds : null,
  };
}
