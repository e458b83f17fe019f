import type { DocumentNode } from "../document-node.ts";
import type { ImportReport } from "../import-report.ts";
import {
  cardScene,
  imageScene,
  type PictureLook,
  TEXT_OVER_PICTURE,
  TEXT_OVER_PICTURE_HINT,
  videoScene,
} from "../pictures.ts";
import type { SceneDraft } from "../scene-draft.ts";
import { besides, inTime, stack, type TimedClip } from "../timed-clips.ts";
import { readColor } from "../values.ts";
import type { Clip } from "./clips.ts";
import { readFit, readMotion } from "./looks.ts";

const TEXTS = ["title", "text", "rich-text", "html"];

/** The lowest track with pictures makes the scenes; clips above it that hide it take its place for their time. */
export function readScenes(tracks: readonly Clip[][], background: string, report: ImportReport): TimedClip[] {
  const scenes: TimedClip[] = [];
  const clipOf = new Map<TimedClip, Clip>();
  const add = (
    clips: readonly Clip[],
    draftOf: (clip: Clip) => SceneDraft | null,
    place: (lower: TimedClip[], upper: TimedClip[]) => TimedClip[],
    instead: (clip: Clip) => void,
  ) => {
    const timed = clips.flatMap((clip) => {
      if (clip.start !== null && clip.end !== null && clip.end <= clip.start) {
        report.drop(clip.node, "The clip lasts no time.");
        return [];
      }
      const draft = draftOf(clip);
      if (draft === null) return [];
      const entry: TimedClip = { draft, start: clip.start, end: clip.end };
      clipOf.set(entry, clip);
      return [entry];
    });
    const kept = place(scenes, timed);
    for (const entry of timed) {
      const clip = clipOf.get(entry);
      if (!kept.includes(entry) && clip !== undefined) instead(clip);
    }
    scenes.push(...kept);
  };
  for (const track of tracks.toReversed()) {
    add(
      track.filter(({ type }) => type === "image" || type === "video"),
      (clip) => pictureOf(clip, background, report),
      stack,
      ({ node }) =>
        report.drop(
          node,
          "This is shown over another picture; a scene shows one.",
          "Split the scene below it, or put the two together beforehand.",
        ),
    );
  }
  for (const track of tracks.toReversed()) {
    add(
      track.filter(({ type }) => TEXTS.includes(type)),
      (clip) => cardOf(clip, background, report),
      besides,
      ({ node }) => report.drop(node, TEXT_OVER_PICTURE, TEXT_OVER_PICTURE_HINT),
    );
  }
  return inTime(scenes);
}

function pictureOf(clip: Clip, background: string, report: ImportReport): SceneDraft | null {
  const { node, asset, type, start, end } = clip;
  const look = readFit(node.get("fit"), background, report);
  ignoreDefaults(node);
  const seconds = start === null || end === null ? null : end - start;
  const src = asset.get("src");
  if (type === "image") {
    const draft = imageScene(node, src, look, seconds, report);
    const motion = readMotion(node.get("effect"), report);
    if (draft !== null && motion !== undefined) {
      draft.input.motion = motion;
      draft.origins.set("motion", node.get("effect"));
    }
    return draft;
  }
  report.drop(node.get("effect"), "A video moves by itself; motion is for pictures.");
  return videoOf(node, asset, look, seconds, report);
}

function videoOf(
  node: DocumentNode,
  asset: DocumentNode,
  look: PictureLook,
  seconds: number | null,
  report: ImportReport,
): SceneDraft | null {
  const from = Math.max(0, asset.get("trim").number() ?? 0);
  const stated = asset.get("speed").number() ?? 1;
  const speed = stated > 0 && seconds !== null ? stated : 1;
  if (speed !== stated)
    report.drop(asset.get("speed"), "Without a length in seconds the video plays at its own pace.");
  const retime = speed !== 1 && seconds !== null;
  const part = {
    from,
    to: retime ? from + seconds * speed : null,
    volume: asset.get("volume").number() ?? 1,
    speed,
    retime,
  };
  return videoScene(node, asset.get("src"), look, part, seconds, report);
}

function cardOf(clip: Clip, background: string, report: ImportReport): SceneDraft | null {
  const { node, asset, type, start, end } = clip;
  const source = asset.get(type === "html" ? "html" : "text");
  const text = source.text();
  const seconds = start === null || end === null ? null : end - start;
  const own = asset.get("background");
  const color = own.text() === null ? null : readColor(own.text() ?? "", true);
  if (own.isStated && color === null) report.drop(own, "The background is not a plain colour.");
  ignoreDefaults(node);
  const draft =
    text === null
      ? null
      : cardScene(
          node,
          { node: source, value: type === "html" ? plainText(text) : text },
          color ?? background,
          seconds,
          report,
        );
  if (draft === null) report.drop(node, "There are no words here that fit onto a card.");
  return draft;
}

/** The words of a piece of HTML; its tags are never interpreted. */
function plainText(html: string): string {
  return html
    .slice(0, 20_000)
    .replace(/<(?:br|\/p|\/div|\/h\d|\/li)\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(nbsp|amp|lt|gt|quot);/g, (_, name: string) => ENTITIES[name] ?? " ");
}

const ENTITIES: Readonly<Record<string, string>> = { nbsp: " ", amp: "&", lt: "<", gt: ">", quot: '"' };

function ignoreDefaults(node: DocumentNode): void {
  node.ignore("alias");
  node.ignoreIf("scale", 1);
  node.ignoreIf("opacity", 1);
  node.ignoreIf("position", "center");
}
