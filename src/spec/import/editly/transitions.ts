import type { Direction } from "../../production.ts";
import type { DocumentNode } from "../document-node.ts";
import type { ImportReport } from "../import-report.ts";
import type { DraftTransition } from "../scene-draft.ts";

const SECONDS = 0.5;

const KNOWN: ReadonlyMap<string, { type: DraftTransition["type"]; direction?: Direction }> = new Map([
  ["fade", { type: "fade" }],
  ["dissolve", { type: "dissolve" }],
  ["directional-left", { type: "push", direction: "left" }],
  ["directional-right", { type: "push", direction: "right" }],
  ["directional-up", { type: "push", direction: "up" }],
  ["directional-down", { type: "push", direction: "down" }],
  ["wipeleft", { type: "wipe", direction: "left" }],
  ["wiperight", { type: "wipe", direction: "right" }],
  ["wipeup", { type: "wipe", direction: "up" }],
  ["wipedown", { type: "wipe", direction: "down" }],
]);

/** At the end of a clip; `null` in the document switches it off, what is not stated is in the defaults. */
export function readTransition(
  clip: DocumentNode,
  defaults: DocumentNode,
  isLast: boolean,
  report: ImportReport,
): DraftTransition | null {
  const own = clip.get("transition");
  const fallback = defaults.get("transition");
  // The last clip leads nowhere; what it says about that changes nothing there either.
  if (isLast) {
    own.use();
    return null;
  }
  if (isNull(clip) || (!own.isStated && isNull(defaults))) return null;
  const pick = (key: string): DocumentNode => {
    const stated = own.get(key);
    if (stated.isStated) fallback.get(key).use();
    return stated.isStated ? stated : fallback.get(key);
  };
  const seconds = pick("duration").number() ?? SECONDS;
  const name = pick("name");
  const place = own.isStated ? own : fallback.isStated ? fallback : clip;
  if (seconds <= 0) {
    name.use();
    return null;
  }
  const text = name.text() ?? "random";
  const known = KNOWN.get(text.toLowerCase());
  if (known !== undefined) return { ...known, seconds, node: place };
  const path = name.isStated ? name.path : place.path;
  report.say(
    path,
    text === "random"
      ? "Transitions are not drawn by lot; the scenes cross-fade."
      : `There is no transition ${JSON.stringify(text.slice(0, 40))} here; the scenes cross-fade.`,
    "fade, dissolve, wipes and directional ones are known.",
  );
  return { type: "fade", seconds, node: place };
}

function isNull(owner: DocumentNode): boolean {
  return (
    owner.isRecord &&
    Object.hasOwn(owner.value as object, "transition") &&
    (owner.value as { transition: unknown }).transition === null
  );
}
