import { DocumentNode } from "../document-node.ts";
import { emptyFilm, type FilmParts, finishImport } from "../film.ts";
import { ImportReport } from "../import-report.ts";
import type { Importer } from "../importer.ts";
import type { SceneDraft } from "../scene-draft.ts";
import { placeSounds } from "../sounds.ts";
import { substitute } from "../substitute.ts";
import { layEndToEnd, type TimedClip, TOUCHING_SECONDS } from "../timed-clips.ts";
import { readColor } from "../values.ts";
import { type Clip, readTracks } from "./clips.ts";
import { readTransition } from "./looks.ts";
import { readOutput } from "./output.ts";
import { readScenes } from "./scenes.ts";
import { findWatermark } from "./watermark.ts";

/** A Shotstack edit (API v1). */
export const shotstack: Importer = {
  label: "Shotstack",
  read(document, options) {
    const report = new ImportReport(options);
    const root = new DocumentNode(withMergeFields(document, report));
    // A saved template holds its edit one level deeper.
    const edit = root.get("template").isRecord ? root.get("template") : root;
    root.ignore("name");
    edit.ignore("merge", "disk");
    report.drop(
      edit.get("callback"),
      "Nobody is told when the film is ready.",
      "The production's own webhook posts other events; set it there.",
    );
    const film = emptyFilm();
    readOutput(edit.get("output"), film, report);
    const timeline = edit.get("timeline");
    timeline.ignore("cache");
    const background = readBackground(timeline.get("background"), report);
    readSoundtrack(timeline.get("soundtrack"), film, report);
    const tracks = readTracks(timeline);
    const total = tracks.flat().reduce((last, { end }) => Math.max(last, end ?? 0), 0) || null;
    const watermark = findWatermark(tracks, total, film, report);
    const scenes = readScenes(
      tracks.map((track) => track.filter((clip) => clip !== watermark)),
      background,
      report,
    );
    const drafts = scenes.map(({ draft }) => draft);
    layEndToEnd(scenes, total, report);
    readTransitions(drafts, report);
    const others = tracks.flat().filter(({ node }) => !drafts.some((draft) => draft.node === node));
    readSounds(others, drafts, film, report);
    readCaptions(others, scenes, report);
    for (const { type, asset, node } of others) {
      if (!READ.has(type))
        report.drop(
          node,
          asset.isStated
            ? `There is nothing here for ${JSON.stringify(type.slice(0, 40))}.`
            : "The clip shows nothing.",
          /speech|to-/.test(type) ? "Make the file beforehand and name it." : undefined,
        );
    }
    return finishImport(root, drafts, film, report);
  },
};

/** Types spoken of elsewhere. */
const READ: ReadonlySet<string> = new Set([
  "image",
  "video",
  "audio",
  "caption",
  "title",
  "text",
  "rich-text",
  "html",
]);

function withMergeFields(document: unknown, report: ImportReport): unknown {
  const fields = new DocumentNode(document);
  const merge = fields.get("merge").isStated ? fields.get("merge") : fields.get("template").get("merge");
  const scope = new Map<string, unknown>();
  for (const field of merge.items()) {
    const name = field.get("find").text();
    if (name !== null) scope.set(name.trim(), field.get("replace").value);
  }
  const { value, unresolved, tooLarge } = substitute(document, scope);
  for (const { path, name } of unresolved)
    report.say(
      path,
      `Nothing is given for {{${name.slice(0, 40)}}}.`,
      "Add it to merge, or write the value itself.",
    );
  if (tooLarge)
    report.refuse(
      "FILE_TOO_LARGE",
      merge.path,
      "With its merge fields filled in, the document is too large.",
    );
  return value;
}

function readBackground(node: DocumentNode, report: ImportReport): string {
  const text = node.text();
  const color = text === null ? null : readColor(text);
  if (text !== null && color === null) report.drop(node, "This is no colour; black is taken.");
  return color ?? "#000000";
}

function readSoundtrack(node: DocumentNode, film: FilmParts, report: ImportReport): void {
  if (!node.isStated) return;
  const src = node.get("src");
  const path = report.source(src);
  if (path === null) return;
  const fades = fadesOf(node.get("effect"), report);
  film.soundtrack = { node: src, path, volume: node.get("volume").number() ?? 1, ...fades };
}

const FADE_SECONDS = 1;

function fadesOf(effect: DocumentNode, report: ImportReport): { fadeIn?: number; fadeOut?: number } {
  const name = effect.text();
  if (name === null) return {};
  if (!["fadeIn", "fadeOut", "fadeInFadeOut"].includes(name)) report.drop(effect, "There is no such fade.");
  return {
    ...(name.startsWith("fadeIn") ? { fadeIn: FADE_SECONDS } : {}),
    ...(/fadeOut$/i.test(name) ? { fadeOut: FADE_SECONDS } : {}),
  };
}

function readTransitions(drafts: readonly SceneDraft[], report: ImportReport): void {
  const edges = "The film begins and ends with a full picture; nothing fades to black there.";
  const first = drafts[0]?.node.get("transition").get("in");
  const last = drafts.at(-1)?.node.get("transition").get("out");
  if (first !== undefined) report.drop(first, edges);
  if (last !== undefined) report.drop(last, edges);
  for (const [index, draft] of drafts.slice(0, -1).entries()) {
    const next = drafts[index + 1] as SceneDraft;
    draft.transition = readTransition(
      draft.node.get("transition").get("out"),
      next.node.get("transition").get("in"),
      report,
    );
  }
}

function readSounds(
  clips: readonly Clip[],
  drafts: readonly SceneDraft[],
  film: FilmParts,
  report: ImportReport,
): void {
  const sounds = clips.flatMap(({ type, node, asset, start, end }) => {
    if (type !== "audio") return [];
    if (start === null) {
      report.drop(
        node,
        "When this sound begins depends on the length of another file.",
        "State its start in seconds.",
      );
      return [];
    }
    if ((asset.get("trim").number() ?? 0) > 0) {
      report.drop(node, "A sound is used from its beginning.", "Cut the file beforehand.");
      return [];
    }
    const src = asset.get("src");
    const path = report.source(src);
    if (path === null) return [];
    asset.ignoreIf("speed", 1);
    const volume = asset.get("volume").number() ?? 1;
    return [{ node, src, path, volume, start, seconds: end === null ? null : end - start }];
  });
  placeSounds(sounds, drafts, film, report);
}

/** Captions are a scene's; those over several scenes would have to be cut into files. */
function readCaptions(clips: readonly Clip[], scenes: readonly TimedClip[], report: ImportReport): void {
  for (const { type, node, asset, start, end } of clips) {
    if (type !== "caption") continue;
    const touched = scenes.filter(
      (scene) =>
        (scene.end ?? Number.POSITIVE_INFINITY) > (start ?? 0) + TOUCHING_SECONDS &&
        (scene.start ?? 0) < (end ?? Number.POSITIVE_INFINITY) - TOUCHING_SECONDS,
    );
    const [scene, ...more] = touched;
    const begins = Math.abs((scene?.start ?? 0) - (start ?? 0)) <= TOUCHING_SECONDS;
    if (scene === undefined || more.length > 0 || !begins || (asset.get("trim").number() ?? 0) > 0) {
      report.drop(
        node,
        "Captions belong to one scene and count from its beginning.",
        "Cut the file where the scenes change, one for each.",
      );
    } else if (scene.draft.input.subtitles !== undefined) {
      report.drop(node, "The scene has captions already.");
    } else {
      const path = report.source(asset.get("src"));
      asset.ignoreIf("speed", 1);
      if (path === null) continue;
      scene.draft.input.subtitles = path;
      scene.draft.origins.set("subtitles", asset.get("src"));
    }
  }
}
