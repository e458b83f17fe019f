import type { ASPECTS } from "./frame-size.ts";
import type { PresetName, Quality } from "./production.ts";

/** What a kind of film gets where its file is silent. */
export interface Preset {
  readonly aspect: keyof typeof ASPECTS;
  readonly quality: Quality;
  /** Kilobits per second. */
  readonly audioBitrate: number;
  /** Above this the film is of another kind; it is said, not refused. */
  readonly longestSeconds: number;
}

/**
 * Three kinds of film and what each is worth. A short is watched once on a small screen, a long film often on a large
 * one, and its chunks spread over all slots, so that it can afford `high`.
 */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  shorts: { aspect: "9:16", quality: "standard", audioBitrate: 128, longestSeconds: 60 },
  standard: { aspect: "16:9", quality: "standard", audioBitrate: 192, longestSeconds: 300 },
  long: { aspect: "16:9", quality: "high", audioBitrate: 256, longestSeconds: 900 },
};

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];
