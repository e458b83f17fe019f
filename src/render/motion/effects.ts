import type { Easing, MotionEffect, MotionSettings, Viewpoint } from "../../spec/production.ts";
import { containViewpoint, coverFraction, type ViewportPath } from "./path.ts";

export type ConcreteEffect = Exclude<MotionEffect, "auto">;

export interface MotionContext {
  /** Effect of the scene before, as `resolveMotion` gave it; null for the first scene or a path of the user's own. */
  readonly previousEffect: ConcreteEffect | null;
  /** Effect that the scene after asks for by name; null when it chooses for itself or there is none. */
  readonly nextEffect?: ConcreteEffect | null;
  /**
   * What makes this scene itself: its id and its picture's digest, say. The scene's number is left out on purpose, so
   * that a scene put in between changes its neighbours' motion at most and not that of every scene behind it.
   */
  readonly seed: string;
  /** The point to favour, 0..1 of the picture. */
  readonly focus: { readonly x: number; readonly y: number };
  /** Width / height. */
  readonly pictureAspect: number;
  readonly outputAspect: number;
}

export interface ResolvedMotion {
  readonly path: ViewportPath;
  /** What `auto` became; null when the user gave the path. */
  readonly effect: ConcreteEffect | null;
}

/** A picture must exceed the frame by this factor on an axis before pans along it are preferred. */
const PAN_EXCESS = 1.04;

/** Turns what the user asked for into a path that lies inside the picture. Pure and deterministic. */
export function resolveMotion(settings: MotionSettings, context: MotionContext): ResolvedMotion {
  const cover = coverFraction(context.pictureAspect, context.outputAspect);
  if (settings.kind === "path") {
    const path = {
      from: containViewpoint(settings.from, cover),
      to: containViewpoint(settings.to, cover),
      easing: settings.easing,
    };
    return { path, effect: null };
  }
  const effect = settings.effect === "auto" ? chooseEffect(context) : settings.effect;
  return { path: effectPath(effect, settings.amount, settings.easing, context), effect };
}

/** Weighted by the picture's shape, picked by the seed, never the neighbour's. */
function chooseEffect(context: MotionContext): ConcreteEffect {
  const excess = context.pictureAspect / context.outputAspect;
  const across = excess > PAN_EXCESS ? 4 : excess < 1 / PAN_EXCESS ? 0 : 1;
  const down = excess < 1 / PAN_EXCESS ? 4 : 0;
  const weights: [ConcreteEffect, number][] = [
    ["zoomIn", 2],
    ["zoomOut", 2],
    ["panLeft", across],
    ["panRight", across],
    ["panUp", down],
    ["panDown", down],
  ];
  const candidates = weights.filter(
    ([effect]) => effect !== context.previousEffect && effect !== context.nextEffect,
  );
  const total = candidates.reduce((sum, [, weight]) => sum + weight, 0);
  let pick = hash(context.seed) % total;
  for (const [effect, weight] of candidates) {
    if (pick < weight) return effect;
    pick -= weight;
  }
  return "zoomIn";
}

function effectPath(
  effect: ConcreteEffect,
  amount: number,
  easing: Easing,
  context: MotionContext,
): ViewportPath {
  const cover = coverFraction(context.pictureAspect, context.outputAspect);
  const wide = containViewpoint({ ...context.focus, scale: 1 }, cover);
  switch (effect) {
    case "none":
      return { from: wide, to: wide, easing };
    case "zoomIn":
      return { from: wide, to: closeUp(wide, amount, context.focus), easing };
    case "zoomOut":
      return { from: closeUp(wide, amount, context.focus), to: wide, easing };
    case "panLeft":
    case "panRight": {
      const [low, high] = pan("x", amount, context.focus, cover);
      return effect === "panRight" ? { from: low, to: high, easing } : { from: high, to: low, easing };
    }
    case "panUp":
    case "panDown": {
      const [low, high] = pan("y", amount, context.focus, cover);
      return effect === "panDown" ? { from: low, to: high, easing } : { from: high, to: low, easing };
    }
  }
}

/** The focus keeps its place on screen while everything grows around it. */
function closeUp(wide: Viewpoint, amount: number, focus: { x: number; y: number }): Viewpoint {
  const scale = 1 + amount;
  return { x: focus.x + (wide.x - focus.x) / scale, y: focus.y + (wide.y - focus.y) / scale, scale };
}

/**
 * Both ends of a pan of `amount` viewport sizes along one axis, as near to the focus as they fit. Where the crop has
 * no room to move, it is scaled up just so far that it has: a pan that stands still is a fault.
 */
function pan(
  axis: "x" | "y",
  amount: number,
  focus: { readonly x: number; readonly y: number },
  cover: { width: number; height: number },
): [Viewpoint, Viewpoint] {
  const full = axis === "x" ? cover.width : cover.height;
  const scale = Math.max(1, full * (1 + amount));
  const travel = (amount * full) / scale;
  const half = full / scale / 2;
  const low = Math.min(Math.max(focus[axis] - travel / 2, half), Math.max(half, 1 - half - travel));
  const ends = [low, low + travel].map((at) => containViewpoint({ ...focus, [axis]: at, scale }, cover)) as [
    Viewpoint,
    Viewpoint,
  ];
  return ends;
}

/** FNV-1a with a final avalanche, so that neighbouring names ("scene_1", "scene_2") land far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}
