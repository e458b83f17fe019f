import { framesToSeconds } from "../render/timeline.ts";
import { PRESETS } from "../spec/presets.ts";
import type { OutputSettings } from "../spec/production.ts";
import { formatTimecode } from "../support/format.ts";
import type { Notice } from "./events.ts";
import type { ProductionPlan } from "./plan-film.ts";

/** A film longer than its preset is for is made all the same; a platform may refuse it, so it is said. */
export function presetNotices(
  { preset }: Pick<OutputSettings, "preset">,
  { cuts, format }: Pick<ProductionPlan, "cuts" | "format">,
): Notice[] {
  const film = cuts.find(({ kind }) => kind === "film");
  if (preset === null || film === undefined) return [];
  const seconds = framesToSeconds(film.timeline.totalFrames, format.fps);
  const { longestSeconds } = PRESETS[preset];
  if (seconds <= longestSeconds) return [];
  const longer = Object.entries(PRESETS).find(([, other]) => other.longestSeconds >= seconds);
  return [
    {
      code: "PRESET_EXCEEDED",
      message: `The film lasts ${formatTimecode(seconds)}; the preset ${preset} is for up to ${formatTimecode(longestSeconds)}.`,
      path: "output.preset",
      hint:
        longer === undefined
          ? "Shorten it, or leave the preset out and state what you want."
          : `Shorten it, or use the preset ${longer[0]}.`,
    },
  ];
}
