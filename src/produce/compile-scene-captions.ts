/** Captions of one scene, laid out for the frame and cut into windows. */

import { assForWindow } from "../render/captions/ass.ts";
import { compileCaptions } from "../render/captions/compile.ts";
import type { Cue } from "../render/captions/cue.ts";
import type { FaceInfo } from "../render/captions/fonts/face.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import { normalizeCues } from "../render/captions/normalize.ts";
import type { CaptionStatePlan } from "../render/plan.ts";
import { type CaptionLayout, captionLayouts } from "../render/quality/caption-layout.ts";
import { SAMPLE_RATE } from "../render/timeline.ts";
import type { OutputSettings } from "../spec/production.ts";
import type { Notice } from "./events.ts";
import type { GatheredScene } from "./gather.ts";

/** look.md: a caption is on screen for at least this long where there is room. */
const MINIMUM_CUE_MS = 900;

export interface SceneCaptions {
  /** Cues in time from the narration's first sample, as they will be shown. */
  readonly cues: readonly Cue[];
  /** The font files that the captions name. */
  readonly fonts: readonly FaceInfo[];
  /** Of all that is shown, timed like the cues. */
  readonly layouts: readonly CaptionLayout[];
  /** States within [first, end) frames of the scene, when the narration starts `leadSamples` into it. */
  readonly window: (first: number, end: number, leadSamples: number) => readonly CaptionStatePlan[];
}

/** @throws ReelburstError GLYPHS_MISSING when no font can draw a letter of the text */
export function compileSceneCaptions(
  gathered: GatheredScene,
  output: OutputSettings,
  faces: FaceLibrary,
): { captions: SceneCaptions; notices: Notice[] } {
  const { scene, audio, video, index } = gathered;
  const path = `scenes[${index}].subtitles.src`;
  const durationMs =
    audio !== null
      ? (audio.facts.sampleCount / SAMPLE_RATE) * 1000
      : scene.duration !== "auto"
        ? scene.duration * 1000
        : video !== null
          ? (video.range.toUs - video.range.fromUs) / 1000
          : null;
  const { cues, issues } = normalizeCues(gathered.cues, { durationMs, minimumDurationMs: MINIMUM_CUE_MS });
  const frame = { width: output.width, height: output.height };
  const compile = (leadMs: number) =>
    compileCaptions({
      cues: cues.map((cue) => shift(cue, leadMs)),
      style: scene.captions,
      frame,
      language: scene.language,
      faces,
    });
  const first = compile(0);
  const notices = [...issues, ...first.issues].map(
    (issue): Notice => ({ code: issue.code, message: `${scene.id}: ${issue.message}`, path }),
  );
  // The film and the scene's own file may have different silence in front.
  const byLead = new Map<number, ReturnType<typeof compile>>([[0, first]]);
  return {
    notices,
    captions: {
      cues,
      fonts: first.fonts,
      layouts: captionLayouts(first),
      window: (from, end, leadSamples) => {
        let compiled = byLead.get(leadSamples);
        if (compiled === undefined) {
          compiled = compile((leadSamples / SAMPLE_RATE) * 1000);
          byLead.set(leadSamples, compiled);
        }
        return assForWindow(compiled, from, end, output.fps).states.map((state) => ({
          firstFrame: state.startFrame,
          endFrame: state.endFrame,
          fadeInFrames: state.fadeInFrames,
          fadeOutFrames: state.fadeOutFrames,
          ass: state.ass,
        }));
      },
    },
  };
}

function shift(cue: Cue, ms: number): Cue {
  if (ms === 0) return cue;
  const words = cue.words?.map((word) => ({ ...word, startMs: word.startMs + ms, endMs: word.endMs + ms }));
  return {
    ...cue,
    startMs: cue.startMs + ms,
    endMs: cue.endMs + ms,
    ...(words === undefined ? {} : { words }),
  };
}
