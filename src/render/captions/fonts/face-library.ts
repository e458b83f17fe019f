import { readFileSync, statSync } from "node:fs";
import type { CaptionSettings } from "../../../spec/production.ts";
import { ReelburstError } from "../../../support/errors.ts";
import type { Cue } from "../cue.ts";
import { styleFor } from "../styles/caption-styles.ts";
import { characterFate } from "./coverage.ts";
import { type CaptionFace, createFace, MAX_FONT_BYTES } from "./face.ts";
import { type CaptionWeight, interPath, notoSansHansPath } from "./shipped-fonts.ts";

/**
 * Opens font files, each once. One for a process: a CJK face takes 8 MB and some 50 ms.
 * Reading is synchronous, so that compiling captions stays a plain function.
 */
export interface FaceLibrary {
  /** @throws ReelburstError FONT_UNUSABLE */
  load(path: string): CaptionFace;
  /**
   * The faces for these cues in order of preference: the user's font, Inter, Noto Sans Hans. The last is
   * left out (and not even opened) when the others draw every character.
   * @throws ReelburstError FONT_UNUSABLE
   */
  facesFor(settings: CaptionSettings, cues: readonly Cue[]): CaptionFace[];
  /** The same for any texts in one weight; `font` is the user's own or null. */
  facesForTexts(font: string | null, weight: CaptionWeight, texts: readonly string[]): CaptionFace[];
}

export function createFaceLibrary(): FaceLibrary {
  const opened = new Map<string, CaptionFace>();
  const load = (path: string): CaptionFace => {
    const face = opened.get(path) ?? open(path);
    opened.set(path, face);
    return face;
  };
  const facesForTexts: FaceLibrary["facesForTexts"] = (font, weight, texts) => {
    const paths = [...(font === null ? [] : [font]), interPath(weight)];
    const faces = paths.map(load);
    return coveredBy(faces, texts) ? faces : [...faces, load(notoSansHansPath(weight))];
  };
  const facesFor: FaceLibrary["facesFor"] = (settings, cues) =>
    facesForTexts(
      settings.font,
      styleFor(settings.style).weight,
      cues.map((cue) => cue.text),
    );
  return { load, facesFor, facesForTexts };
}

function coveredBy(faces: readonly CaptionFace[], texts: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const text of texts) for (const char of text) seen.add(char);
  return [...seen].every((char) => {
    const fate = characterFate(char, faces);
    return fate === "drawn" || fate === "ignored";
  });
}

function open(path: string): CaptionFace {
  return createFace(path, readFont(path));
}

function readFont(path: string): Uint8Array {
  try {
    // Not in memory before it is known to be too large.
    if (statSync(path).size > MAX_FONT_BYTES) throw new Error("larger than any font");
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): ReelburstError {
  return new ReelburstError("FONT_UNUSABLE", "The caption font cannot be read.", {
    path,
    cause,
    hint: "Check the path in `captions.font`.",
  });
}
