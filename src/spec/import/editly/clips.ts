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
import { readColor, roundSeconds } from "../values.ts";
import { BACKGROUND_TYPES, type Layer, TEXT_TYPES } from "./layers.ts";

/** Seconds of a clip when nobody states them. */
const CLIP_SECONDS = 4;

const MOTIONS = { in: "zoomIn", out: "zoomOut", left: "panLeft", right: "panRight" } as const;

/** The lowest picture of a clip is its scene; without one its words are a card. Null when neither is there. */
export function readClip(
  clip: DocumentNode,
  layers: readonly Layer[],
  defaults: DocumentNode,
  report: ImportReport,
): SceneDraft | null {
  const stated = clip.get("duration").number();
  const base = layers.find(({ type }) => type === "image" || type === "video");
  const draft =
    base === undefined
      ? readCard(clip, layers, stated ?? defaults.get("duration").number() ?? CLIP_SECONDS, report)
      : base.type === "image"
        ? readImage(clip, base, stated ?? defaults.get("duration").number() ?? CLIP_SECONDS, report)
        : readVideo(clip, base, stated, report);
  for (const layer of layers) {
    if (layer === base) continue;
    if (TEXT_TYPES.has(layer.type)) {
      if (base !== undefined) report.drop(layer.node, TEXT_OVER_PICTURE, TEXT_OVER_PICTURE_HINT);
    } else if (BACKGROUND_TYPES.has(layer.type)) {
      if (base !== undefined) report.drop(layer.node, "What is behind the picture is not drawn.");
    } else if (layer.type === "image" || layer.type === "video") {
      report.drop(layer.node, "A scene shows one picture; what lies over it is not drawn.");
    } else if (["gl", "canvas", "fabric", "editly-banner"].includes(layer.type)) {
      report.drop(layer.node, "Drawings by program are not run.", "Render it to a video and show that.");
    } else if (!["audio", "detached-audio", "image-overlay"].includes(layer.type)) {
      report.drop(layer.node, "There is no such layer.");
    }
  }
  return draft;
}

function readImage(
  clip: DocumentNode,
  layer: Layer,
  seconds: number,
  report: ImportReport,
): SceneDraft | null {
  const draft = imageScene(clip, layer.get("path"), readResizeMode(layer, report), seconds, report);
  const zoom = layer.get("zoomDirection");
  const direction = zoom.isStated ? zoom.text() : isNull(layer) ? null : "in";
  const amount = layer.get("zoomAmount").number() ?? 0.1;
  if (draft === null || direction === null) return draft;
  if (Object.hasOwn(MOTIONS, direction)) {
    const effect = MOTIONS[direction as keyof typeof MOTIONS];
    draft.input.motion = { effect, amount, easing: "linear" };
    draft.origins.set("motion", zoom.isStated ? zoom : layer.node);
  } else {
    report.drop(zoom, "There is no such motion here; the picture stands still.");
  }
  return draft;
}

function isNull(layer: Layer): boolean {
  const { value } = layer.node;
  const raw = (value as { zoomDirection?: unknown }).zoomDirection;
  return raw === null;
}

function readVideo(
  clip: DocumentNode,
  layer: Layer,
  stated: number | null,
  report: ImportReport,
): SceneDraft | null {
  const from = Math.max(0, layer.get("cutFrom").number() ?? 0);
  const cutTo = layer.get("cutTo").number();
  const to = cutTo === null || cutTo === 0 ? null : cutTo;
  const part = to === null ? null : Math.max(0, to - from);
  const seconds = stated ?? (part === null ? null : roundSeconds(part));
  // The clip's own length stretches the part to it; how fast that is is known only when both are stated.
  const speed = stated === null ? 1 : part !== null && stated > 0 ? part / stated : 0;
  if (isSmall(layer))
    report.say(layer.node.path, "The video is shown over the whole frame, not in a part of it.");
  return videoScene(
    clip,
    layer.get("path"),
    readResizeMode(layer, report),
    { from, to, volume: 0, speed, retime: stated !== null },
    seconds,
    report,
  );
}

function isSmall(layer: Layer): boolean {
  const sizes = ["width", "height"].map((key) => layer.get(key).number() ?? 1);
  for (const key of ["left", "top", "originX", "originY"]) layer.get(key).use();
  return sizes.some((size) => size < 1);
}

function readResizeMode(layer: Layer, report: ImportReport): PictureLook {
  const mode = layer.get("resizeMode");
  switch (mode.text()) {
    case "contain":
      return { fit: "contain", background: "#000000" };
    case "cover":
      return { fit: "cover" };
    case "stretch":
      report.drop(mode, "Pictures are not stretched; the frame is filled and the rest cut off.");
      return { fit: "cover" };
    case "contain-blur":
    case null:
      return { fit: "contain", background: "blur" };
    default:
      report.drop(mode, "There is no such resize mode here; the whole picture is shown.");
      return { fit: "contain", background: "blur" };
  }
}

function readCard(
  clip: DocumentNode,
  layers: readonly Layer[],
  seconds: number,
  report: ImportReport,
): SceneDraft | null {
  const words = layers.filter(({ type }) => TEXT_TYPES.has(type));
  const [first] = words;
  const text = first?.get("text");
  if (first === undefined || text === undefined || text.text() === null) {
    const last = layers.find(({ type }) => BACKGROUND_TYPES.has(type));
    if (last !== undefined)
      report.drop(last.node, "A colour alone is no scene.", "Give it words, or a picture of the colour.");
    return null;
  }
  const color = readBackground(layers, first, report);
  const lines = words.map((layer) => layer.get("text").text() ?? "").join("\n");
  return cardScene(clip, { node: text, value: lines }, color, seconds, report);
}

function readBackground(layers: readonly Layer[], title: Layer, report: ImportReport): string | null {
  const nested = title.get("background");
  const layer = layers.find(({ type }) => BACKGROUND_TYPES.has(type));
  const place = nested.isStated ? nested : layer?.node;
  if (place === undefined) return null;
  place.get("type").use();
  const own = nested.isStated ? nested.get("color") : layer?.get("color");
  const gradient = nested.isStated ? nested.get("colors") : layer?.get("colors");
  const [first] = gradient?.items() ?? [];
  const text = own?.text() ?? first?.text() ?? null;
  const color = text === null ? null : readColor(text);
  if (gradient?.isStated === true) report.drop(gradient, "Gradients are not drawn; a plain colour is.");
  else if (text !== null && color === null)
    report.drop(own ?? place, "This is no colour that is known here.");
  else if (text === null) report.say(place.path, "The background's colour is left to the card.");
  return color;
}
