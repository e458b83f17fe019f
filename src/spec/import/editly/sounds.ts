import type { DocumentNode } from "../document-node.ts";
import type { FilmParts } from "../film.ts";
import type { ImportReport } from "../import-report.ts";
import type { SceneDraft } from "../scene-draft.ts";
import { narrate, placeSounds, type TimedSound } from "../sounds.ts";
import { readGain } from "../values.ts";
import type { Layer } from "./layers.ts";

interface ReadClip {
  readonly layers: readonly Layer[];
  readonly draft: SceneDraft | null;
}

/** Gains are weights there: what counts is how they compare. Ours may be at most 1 without clipping. */
export function readSounds(
  root: DocumentNode,
  clips: readonly ReadClip[],
  drafts: readonly SceneDraft[],
  film: FilmParts,
  report: ImportReport,
): void {
  const keeps = root.get("keepSourceAudio").flag() === true;
  const clipGain = gainOf(root.get("clipsAudioVolume"), report);
  const sounds: { gain: number; apply: (gain: number) => void }[] = [];
  for (const { layers, draft } of clips) {
    for (const layer of layers) {
      if (layer.type !== "video" && layer.type !== "audio") continue;
      const gain = gainOf(layer.get("mixVolume"), report) * clipGain;
      // Without keepSourceAudio the sound of clips is not heard there either.
      if (!keeps) {
        if (layer.type === "audio") layer.node.use();
      } else if (draft !== null) {
        sounds.push({ gain, apply: (level) => clipSound(layer, draft, level, report) });
      }
    }
  }
  readMusic(root, film, report, sounds);
  const timed: (Omit<TimedSound, "volume"> & { gain: number })[] = [
    ...root
      .get("audioTracks")
      .items()
      .flatMap((node) => trackOf(node, 0, report)),
    ...clips.flatMap(({ layers, draft }) => {
      const start = draft === null ? null : startOf(draft, drafts);
      return layers.flatMap(({ type, node }) => {
        if (type !== "detached-audio") return [];
        if (start !== null) return trackOf(node, start, report);
        report.drop(node, "When this sound begins depends on the length of a video.");
        return [];
      });
    }),
  ];
  const loudest = [...sounds, ...timed].reduce((most, { gain }) => Math.max(most, gain), 1);
  for (const { gain, apply } of sounds) apply(gain / loudest);
  placeSounds(
    timed.map(({ gain, ...sound }) => ({ ...sound, volume: gain / loudest })),
    drafts,
    film,
    report,
  );
}

function clipSound(layer: Layer, draft: SceneDraft, volume: number, report: ImportReport): void {
  const { video } = draft.input;
  if (layer.type === "video") {
    // Another video of the clip has been dropped with its picture.
    if (typeof video === "object" && draft.origins.get("video.src") === layer.get("path"))
      video.volume = volume;
    return;
  }
  if (isCut(layer.node)) {
    report.drop(layer.node, "A sound is used whole and at its own pace.", "Cut the file beforehand.");
    return;
  }
  const src = layer.get("path");
  const path = report.source(src);
  if (path !== null) narrate({ node: layer.node, src, path, volume, seconds: null }, draft, 0, report);
}

function readMusic(
  root: DocumentNode,
  film: FilmParts,
  report: ImportReport,
  sounds: { gain: number; apply: (gain: number) => void }[],
): void {
  const src = root.get("audioFilePath");
  const gain = gainOf(root.get("backgroundAudioVolume"), report);
  const loop = root.get("loopAudio").flag() === true;
  if (!src.isStated) return;
  const path = report.source(src);
  if (path === null) return;
  // Taken at once: no other sound may take its place.
  film.soundtrack = { node: src, path, volume: gain, loop };
  sounds.push({
    gain,
    apply: (volume) => {
      film.soundtrack = { node: src, path, volume, loop };
    },
  });
}

function trackOf(
  node: DocumentNode,
  offset: number,
  report: ImportReport,
): (Omit<TimedSound, "volume"> & { gain: number })[] {
  node.ignore("type");
  const src = node.get("path");
  const gain = gainOf(node.get("mixVolume"), report);
  const start = offset + Math.max(0, node.get("start").number() ?? 0);
  if (isCut(node)) {
    report.drop(node, "A sound is used whole.", "Cut the file beforehand.");
    return [];
  }
  const path = report.source(src);
  return path === null ? [] : [{ node, src, path, gain, start, seconds: null }];
}

function isCut(node: DocumentNode): boolean {
  const from = node.get("cutFrom").number() ?? 0;
  return from > 0 || node.get("cutTo").isStated;
}

/** Before the scenes were cut back to the middle of their overlaps; a clip begins where the one before is still seen. */
function startOf(draft: SceneDraft, drafts: readonly SceneDraft[]): number | null {
  let at = 0;
  for (const other of drafts) {
    if (other === draft) return at;
    if (other.seconds === null) return null;
    at += other.seconds - (other.transition?.seconds ?? 0);
  }
  return null;
}

function gainOf(node: DocumentNode, report: ImportReport): number {
  if (!node.isStated) return 1;
  const gain = readGain(node.value);
  if (gain === null) report.drop(node, "This is no volume; 1 is taken.");
  else node.use();
  return gain ?? 1;
}
