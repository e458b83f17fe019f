import type { Production } from "../../api/types.ts";

/**
 * Which scene the error is about, counted from 0: by the place in the error's path, since a scene without an id of its
 * own is named in the error by nothing else; else by its id. Pure.
 */
export function failedScene(
  { error }: Pick<Production, "error">,
  scenes: readonly { readonly id: string }[],
): number | null {
  if (error === null) return null;
  const place = /^scenes\[(\d+)\]/.exec(error.path ?? "")?.[1];
  const index = place === undefined ? scenes.findIndex(({ id }) => id === error.scene) : Number(place);
  return index >= 0 && index < scenes.length ? index : null;
}
