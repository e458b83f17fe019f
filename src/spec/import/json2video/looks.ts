import type { Direction } from "../../production.ts";
import type { SceneInput } from "../../schema-scene.ts";
import type { DocumentNode } from "../document-node.ts";
import type { ImportReport } from "../import-report.ts";
import type { PictureLook } from "../pictures.ts";
import type { DraftTransition } from "../scene-draft.ts";

const TRANSITION_SECONDS = 1;
/** Of the view, for each of their ten steps of zoom. */
const ZOOM_STEP = 0.05;

const SIDES: ReadonlyMap<string, "panLeft" | "panRight" | "panUp" | "panDown"> = new Map([
  ["left", "panLeft"],
  ["right", "panRight"],
  ["top", "panUp"],
  ["bottom", "panDown"],
] as const);
const TRANSITION_NAMES = /^(wipe|slide|smooth|cover)(left|right|up|down)$/;
/** FFmpeg's slide moves both pictures, its cover the next one only. */
const TYPES = { wipe: "wipe", smooth: "wipe", slide: "push", cover: "slide" } as const;

export function readMotion(element: DocumentNode, report: ImportReport): SceneInput["motion"] {
  const [zoom, pan] = [element.get("zoom"), element.get("pan")];
  const steps = zoom.number() ?? 0;
  const side = pan.text();
  const distance = element.get("pan-distance").number() ?? 0.1;
  element.ignore("pan-crop");
  if (side !== null) {
    const first = side.split(/[^a-z]+/i).find((part) => SIDES.has(part)) ?? "";
    const effect = SIDES.get(first);
    if (effect === undefined) report.drop(pan, "There is no such pan here.");
    else {
      if (side !== first) report.say(pan.path, `Pans go one way: this one goes ${first}.`);
      if (steps !== 0) report.drop(zoom, "A picture pans or zooms; this one pans.");
      return { effect, amount: Math.min(1, Math.max(0, distance)), easing: "linear" };
    }
  }
  if (steps === 0) return undefined;
  const effect = steps > 0 ? "zoomIn" : "zoomOut";
  return { effect, amount: Math.min(1, Math.abs(steps) * ZOOM_STEP), easing: "linear" };
}

/** How a scene comes in from the one before. */
export function readTransition(node: DocumentNode, report: ImportReport): DraftTransition | null {
  if (!node.isStated) return null;
  const style = node.get("style");
  const name = style.text() ?? "fade";
  const seconds = node.get("duration").number() ?? TRANSITION_SECONDS;
  if (name === "fade" || name === "dissolve") return { type: name, seconds, node };
  const [, kind, direction] = TRANSITION_NAMES.exec(name) ?? [];
  if (kind !== undefined)
    return { type: TYPES[kind as keyof typeof TYPES], direction: direction as Direction, seconds, node };
  report.drop(
    style,
    "There is no such transition here; the scenes cross-fade.",
    "fade, dissolve, wipe…, slide…, smooth… and cover… are known.",
  );
  return { type: "fade", seconds, node };
}

export function readResize(node: DocumentNode, background: string, report: ImportReport): PictureLook {
  const mode = node.text();
  if (mode === "contain" || mode === "fit") return { fit: "contain", background };
  if (mode === "fill")
    report.drop(node, "Pictures are not stretched; the frame is filled and the rest cut off.");
  else if (mode !== null && mode !== "cover")
    report.drop(node, "There is no such resize here; the frame is filled.");
  return { fit: "cover", background };
}
