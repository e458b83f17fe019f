import { DIRECTION_DEFAULT, TRANSITION_DEFAULTS } from "./defaults.ts";
import type { Transition, TransitionType } from "./production.ts";
import type { SceneInput } from "./schema-scene.ts";

export type DirectedTransition = Extract<Transition, { readonly direction: unknown }>["type"];

export const DIRECTED_TRANSITIONS: readonly DirectedTransition[] = ["slide", "push", "wipe"];

export function isDirected(type: TransitionType): type is DirectedTransition {
  return (DIRECTED_TRANSITIONS as readonly string[]).includes(type);
}

/**
 * A transition as written over the one it is laid over. `none` takes no time; a fade over a default of none gets the
 * built-in length. A direction is kept from one type that has one to another.
 */
export function layerTransition(base: Transition, layer: SceneInput["transition"]): Transition {
  if (layer === undefined) return base;
  const own = typeof layer === "string" ? { type: layer } : layer;
  const type = own.type ?? base.type;
  if (type === "none") return { type, duration: 0 };
  const inherited = base.type === "none" ? TRANSITION_DEFAULTS.duration : base.duration;
  const duration = ("duration" in own ? own.duration : undefined) ?? inherited;
  if (!isDirected(type)) return { type, duration };
  const stated = "direction" in own ? own.direction : undefined;
  return { type, duration, direction: stated ?? ("direction" in base ? base.direction : DIRECTION_DEFAULT) };
}
