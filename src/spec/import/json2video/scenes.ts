import { type DocumentNode, MAX_PARTS } from "../document-node.ts";
import type { ImportReport } from "../import-report.ts";
import { cardScene, imageScene, TEXT_OVER_PICTURE, TEXT_OVER_PICTURE_HINT, videoScene } from "../pictures.ts";
import type { SceneDraft } from "../scene-draft.ts";
import { inTime, layEndToEnd, stack, type TimedClip } from "../timed-clips.ts";
import { readColor } from "../values.ts";
import { readMotion, readResize } from "./looks.ts";
import { readSceneSounds } from "./sounds.ts";

/** One scene of theirs is one or more of ours: one for each picture that fills the frame. */
export function readScene(
  scene: DocumentNode,
  index: number,
  output: { readonly width?: number | undefined; readonly height?: number | undefined },
  report: ImportReport,
): SceneDraft[] {
  scene.ignore("id", "comment", "cache", "variables");
  if (isSwitchedOff(scene)) return [];
  const background = readBackground(scene.get("background-color"), report);
  const stated = scene.get("duration").number();
  const total = stated !== null && stated > 0 ? stated : null;
  const elements = scene
    .get("elements")
    .items(MAX_PARTS)
    .filter((element) => !isSwitchedOff(element));
  for (const element of elements) element.ignore("id", "comment", "cache", "variables");
  const typed = elements.map((element) => ({ element, type: element.get("type").text() ?? "" }));
  const pictures = typed.filter(({ type }) => type === "image" || type === "video");
  const full = pictures.filter(({ element }) => fillsFrame(element, output));
  const clips: TimedClip[] = [];
  for (const { element, type } of pictures) {
    if (!full.some((other) => other.element === element)) {
      report.drop(element, "This fills a part of the frame only; a scene shows one picture.");
      continue;
    }
    const clip = readPicture(element, type, background, total, report);
    if (clip === null) continue;
    if (stack(clips, [clip]).length > 0) clips.push(clip);
    else report.drop(element, "This is shown over another picture; a scene shows one.");
  }
  const texts = typed.filter(({ type }) => type === "text");
  if (clips.length === 0) {
    const card = readCard(scene, texts, background, total, report);
    if (card !== null) clips.push({ draft: card, start: 0, end: total });
  }
  if (clips.length > 0)
    for (const { element } of texts)
      if (!clips.some(({ draft }) => draft.origins.get("card") === element.get("text")))
        report.drop(element, TEXT_OVER_PICTURE, TEXT_OVER_PICTURE_HINT);
  const ordered = inTime(clips);
  layEndToEnd(ordered, total, report);
  const drafts = ordered.map(({ draft }) => draft);
  readSceneSounds(typed, index, drafts, report);
  for (const { element, type } of typed) if (!KNOWN.has(type)) dropUnknown(element, type, report);
  if (drafts.length === 0)
    report.say(scene.path, "The scene shows nothing that can be shown here; the film goes on without it.");
  return drafts;
}

const KNOWN: ReadonlySet<string> = new Set(["image", "video", "text", "audio", "voice"]);

export function dropUnknown(element: DocumentNode, type: string, report: ImportReport): void {
  const isDrawn = ["component", "html", "audiogram"].includes(type);
  report.drop(
    element,
    isDrawn
      ? "Components, HTML and audiograms are not drawn."
      : `There is nothing here for ${JSON.stringify(type.slice(0, 40))}.`,
    isDrawn ? "Render it to a picture or a video and show that." : undefined,
  );
}

/** A condition is taken at its word when it is one; an expression is not worked out. */
export function isSwitchedOff(node: DocumentNode): boolean {
  const condition = node.get("condition");
  const { value } = condition;
  if (["true", true, 1, "1"].includes(value as string)) condition.use();
  if (![false, "false", "", 0, "0"].includes(value as string)) return false;
  node.use();
  return true;
}

function readPicture(
  element: DocumentNode,
  type: string,
  background: string,
  sceneSeconds: number | null,
  report: ImportReport,
): TimedClip | null {
  const start = Math.max(0, element.get("start").number() ?? 0);
  const stated = element.get("duration").number();
  const extra = element.get("extra-time").number() ?? 0;
  const own = stated !== null && stated > 0 ? stated + extra : null;
  const end = own !== null ? start + own : sceneSeconds;
  const look = readResize(element.get("resize"), background, report);
  const seconds = end === null ? null : end - start;
  const src = element.get("src");
  if (!src.isStated && element.get("prompt").isStated) {
    report.missingFile(element.get("prompt"), "Pictures are not generated here.", null);
    element.use();
    return null;
  }
  if (type === "image") {
    const draft = imageScene(element, src, look, seconds, report);
    const motion = readMotion(element, report);
    if (draft === null) return null;
    if (motion !== undefined) {
      draft.input.motion = motion;
      draft.origins.set("motion", element);
    }
    return { draft, start, end };
  }
  for (const key of ["zoom", "pan"])
    report.drop(element.get(key), "A video moves by itself; motion is for pictures.");
  const from = Math.max(0, element.get("seek").number() ?? 0);
  const volume = element.get("muted").flag() === true ? 0 : (element.get("volume").number() ?? 1);
  const draft = videoScene(
    element,
    src,
    look,
    { from, to: null, volume, speed: 1, retime: false },
    seconds,
    report,
  );
  return draft === null ? null : { draft, start, end };
}

function fillsFrame(
  element: DocumentNode,
  output: { readonly width?: number | undefined; readonly height?: number | undefined },
): boolean {
  const [width, height] = ["width", "height"].map((key) => element.get(key).number() ?? -1);
  const [x, y] = ["x", "y"].map((key) => element.get(key).number() ?? 0);
  element.ignoreIf("position", "custom", "center-center");
  const wide = width === undefined || width < 0 || width >= (output.width ?? 0);
  const high = height === undefined || height < 0 || height >= (output.height ?? 0);
  return wide && high && (x ?? 0) <= 0 && (y ?? 0) <= 0;
}

function readCard(
  scene: DocumentNode,
  texts: readonly { readonly element: DocumentNode }[],
  background: string,
  seconds: number | null,
  report: ImportReport,
): SceneDraft | null {
  const [first] = texts;
  const text = first?.element.get("text");
  const value = text?.text() ?? null;
  if (first === undefined || text === undefined || value === null) return null;
  const own = first.element.get("duration").number() ?? 0;
  first.element.ignoreIf("start", 0);
  return cardScene(scene, { node: text, value }, background, seconds ?? (own > 0 ? own : null), report);
}

function readBackground(node: DocumentNode, report: ImportReport): string {
  const text = node.text();
  const color = text === null ? null : readColor(text);
  if (text !== null && color === null) report.drop(node, "This is no plain colour; black is taken.");
  return color ?? "#000000";
}
