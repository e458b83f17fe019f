import { onlyScene, preview, withPreset, withQuality } from "../produce/variants.ts";
import type { Production } from "../spec/production.ts";
import type { RenderFlags } from "./options.ts";

/** The production as the options of the command line change it, and what that adds to its film's name. */
export function applyFlags(
  production: Production,
  flags: Pick<RenderFlags, "preset" | "preview" | "quality"> & { readonly only?: string },
): {
  readonly production: Production;
  readonly variant: readonly string[];
} {
  let changed = production;
  const variant: string[] = [];
  if (flags.only !== undefined) {
    changed = onlyScene(changed, flags.only);
    variant.push(flags.only);
  }
  if (flags.preset !== undefined) {
    changed = withPreset(changed, flags.preset);
    variant.push(flags.preset);
  }
  if (flags.quality !== undefined) changed = withQuality(changed, flags.quality);
  if (flags.preview === true) {
    changed = preview(changed);
    variant.push("preview");
  }
  return { production: changed, variant };
}
