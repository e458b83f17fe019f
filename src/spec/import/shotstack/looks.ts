import type { SceneInput } from "../../schema-scene.ts";
import type { DocumentNode } from "../document-node.ts";
import type { ImportReport } from "../import-report.ts";
import type { PictureLook } from "../pictures.ts";
import type { DraftTransition } from "../scene-draft.ts";

/** `Slow` and `Fast` behind a name halve and double. */
const SPEED = /^(.+?)(Slow|Fast)?$/;
const MOTION_AMOUNT = 0.12;
const TRANSITION_SECONDS = 1;

/** A slide moves the picture; ours name the way the view goes. */
const EFFECTS = {
  zoomIn: "zoomIn",
  zoomOut: "zoomOut",
  slideLeft: "panRight",
  slideRight: "panLeft",
  slideUp: "panDown",
  slideDown: "panUp",
} as const;

const TRANSITIONS = {
  fade: { type: "fade" },
  reveal: { type: "wipe", direction: "right" },
  wipeLeft: { type: "wipe", direction: "left" },
  wipeRight: { type: "wipe", direction: "right" },
  slideLeft: { type: "slide", direction: "left" },
  slideRight: { type: "slide", direction: "right" },
  slideUp: { type: "slide", direction: "up" },
  slideDown: { type: "slide", direction: "down" },
  carouselLeft: { type: "push", direction: "left" },
  carouselRight: { type: "push", direction: "right" },
  carouselUp: { type: "push", direction: "up" },
  carouselDown: { type: "push", direction: "down" },
} as const;

export function readMotion(effect: DocumentNode, report: ImportReport): SceneInput["motion"] {
  const [name, speed] = split(effect.text());
  if (name === null) return undefined;
  if (!Object.hasOwn(EFFECTS, name)) {
    report.drop(effect, "There is no such motion here.", "zoomIn, zoomOut and the slides are known.");
    return undefined;
  }
  const known = EFFECTS[name as keyof typeof EFFECTS];
  return { effect: known, amount: MOTION_AMOUNT * speed, easing: "linear" };
}

/** Between two clips: how the earlier one leaves, or else how the later one comes. */
export function readTransition(
  out: DocumentNode,
  into: DocumentNode,
  report: ImportReport,
): DraftTransition | null {
  const leaving = transitionOf(out, report);
  const coming = transitionOf(into, report);
  if (leaving !== null && coming !== null && leaving.type !== coming.type) {
    report.say(
      into.path,
      `The clip before leaves with its own transition, ${leaving.type}; that one is taken.`,
    );
  }
  return leaving ?? coming;
}

function transitionOf(node: DocumentNode, report: ImportReport): DraftTransition | null {
  const [name, speed] = split(node.text());
  if (name === null) return null;
  if (!Object.hasOwn(TRANSITIONS, name)) {
    report.drop(node, "There is no such transition here; the scenes cut hard.");
    return null;
  }
  const known = TRANSITIONS[name as keyof typeof TRANSITIONS];
  return { ...known, seconds: TRANSITION_SECONDS / speed, node };
}

function split(text: string | null): [string | null, number] {
  const [, name = null, pace] = text === null ? [] : (SPEED.exec(text) ?? []);
  return [name, pace === "Slow" ? 0.5 : pace === "Fast" ? 2 : 1];
}

/** What they call cover stretches. */
export function readFit(fit: DocumentNode, background: string, report: ImportReport): PictureLook {
  const name = fit.text();
  if (name === "contain" || name === "none") {
    if (name === "none")
      report.drop(fit, "Pictures are not shown at their own size; the whole picture is shown.");
    return { fit: "contain", background };
  }
  if (name === "cover")
    report.drop(fit, "Pictures are not stretched; the frame is filled and the rest cut off.");
  else if (name !== null && name !== "crop")
    report.drop(fit, "There is no such fit here; the frame is filled.");
  return { fit: "cover", background };
}
