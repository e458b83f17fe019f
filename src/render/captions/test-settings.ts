import type { CaptionSettings } from "../../spec/production.ts";

/** The defaults of `CaptionSettings`, for tests. */
export function captionSettings(changes: Partial<CaptionSettings>): CaptionSettings {
  return {
    style: "boxed",
    position: "bottom",
    size: 1,
    color: "#ffffff",
    outlineColor: "#000000",
    boxColor: "#000000",
    boxOpacity: 0.55,
    highlightColor: "#ffc542",
    font: null,
    ...changes,
  };
}
