/** Captions of one scene, laid out for the frame and cut into windows: each burned track, stacked where they meet. */

import { assForWindow } from "../render/captions/ass.ts";
import { type CompiledCaptions, compileCaptions } from "../render/captions/compile.ts";
import type { Cue } from "../render/captions/cue.ts";
import type { FaceInfo } from "../render/captions/fonts/face.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import type { FrameSize } from "../render/captions/layout.ts";
import { normalizeCues } from "../render/captions/normalize.ts";
import { stackTracks } from "../render/captions/stack-tracks.ts";
import type { CaptionStatePlan } from "../render/plan.ts";
import { type CaptionLayout, captionLayouts } from "../render/quality/caption-layout.ts";
import { SAMPLE_RATE } from "../render/timeline.ts";
import type { OutputSettings, SubtitleTrack } from "../spec/production.ts";
import { trackPath } from "../spec/track-path.ts";
import { ReelburstError } from "../support/errors.ts";
import type { Notice } from "./events.ts";
import type { GatheredScene } from "./gather.ts";

/** look.md: a caption is on screen for at least this long where there is room. */
const MINIMUM_CUE_MS = 900;

export interface SceneCaptions {
  /** In the production's order, also of tracks that are only written beside the film. */
  readonly tracks: readonly CaptionTrack[];
  /** The font files that the burned captions name. */
  readonly fonts: readonly FaceInfo[];
  /** What is burned, for the report. */
  readonly shown: readonly ShownTrack[];
  /** States within [first, end) frames of the scene, when the narration starts `leadSamples` into it. */
  readonly window: (first: number, end: number, leadSamples: number) => readonly CaptionStatePlan[];
}

export interface CaptionTrack {
  /** BCP 47; null when unknown. */
  readonly language: string | null;
  /** Cues in time from the narration's first sample, as they will be shown. */
  readonly cues: readonly Cue[];
}

export interface ShownTrack {
  readonly cues: readonly Cue[];
  /** As the file has them. */
  readonly written: readonly Cue[];
  /** Timed like the cues. */
  readonly layouts: readonly CaptionLayout[];
}

/** A track's look and place in the production, with its cues as they will be shown. */
interface ReadyTrack {
  readonly track: SubtitleTrack;
  readonly path: string;
  readonly cues: readonly Cue[];
  readonly written: readonly Cue[];
}

/** @throws ReelburstError GLYPHS_MISSING when no font can draw a letter of the text */
export function compileSceneCaptions(
  gathered: GatheredScene,
  output: OutputSettings,
  faces: FaceLibrary,
): { captions: SceneCaptions; notices: Notice[] } {
  const { scene, audio, video, index } = gathered;
  const durationMs =
    audio !== null
      ? (audio.facts.sampleCount / SAMPLE_RATE) * 1000
      : scene.duration !== "auto"
        ? scene.duration * 1000
        : video !== null
          ? (video.range.toUs - video.range.fromUs) / 1000
          : null;
  const notices: Notice[] = [];
  const tell = (issues: readonly { code: string; message: string }[], path: string): void => {
    for (const { code, message } of issues) notices.push({ code, message: `${scene.id}: ${message}`, path });
  };
  const tracks = scene.subtitles.map((track, place): ReadyTrack => {
    const path = `${trackPath(scene, index, place)}.src`;
    const written = gathered.tracks[place] ?? [];
    const { cues, issues } = normalizeCues(written, {
      durationMs,
      minimumDurationMs: MINIMUM_CUE_MS,
    });
    tell(issues, path);
    return { track, path, cues, written };
  });
  const burned = tracks.filter(({ track }) => isBurned(track));
  const compile = (leadMs: number): CompiledCaptions[] =>
    compileTracks(burned, leadMs, { width: output.width, height: output.height }, faces, tell);
  const first = compile(0);
  // The film and the scene's own file may have different silence in front.
  const byLead = new Map<number, CompiledCaptions[]>([[0, first]]);
  return {
    notices,
    captions: {
      tracks: tracks.map(({ track, cues }) => ({ language: track.language, cues })),
      shown: burned.map(({ cues, written }, place) => ({
        cues,
        written,
        layouts: captionLayouts(first[place] as CompiledCaptions),
      })),
      fonts: first[0]?.fonts ?? [],
      window: (from, end, leadSamples) => {
        let compiled = byLead.get(leadSamples);
        if (compiled === undefined) {
          compiled = compile((leadSamples / SAMPLE_RATE) * 1000);
          byLead.set(leadSamples, compiled);
        }
        return compiled.flatMap((track) =>
          assForWindow(track, from, end, output.fps).states.map((state) => ({
            firstFrame: state.startFrame,
            endFrame: state.endFrame,
            fadeInFrames: state.fadeInFrames,
            fadeOutFrames: state.fadeOutFrames,
            ass: state.ass,
          })),
        );
      },
    },
  };
}

export function isBurned({ burn, captions }: SubtitleTrack): boolean {
  return burn && captions.style !== "none";
}

/** Each with the fonts of all: the states of one chunk are drawn by one libass with one script header. */
function compileTracks(
  tracks: readonly ReadyTrack[],
  leadMs: number,
  frame: FrameSize,
  faces: FaceLibrary,
  tell: (issues: readonly { code: string; message: string }[], path: string) => void,
): CompiledCaptions[] {
  const compiled = tracks.map(({ track, path, cues }) => {
    try {
      const captions = compileCaptions({
        cues: cues.map((cue) => shift(cue, leadMs)),
        style: track.captions,
        frame,
        language: track.language,
        faces,
      });
      // Told once: with other silence in front they are the same.
      if (leadMs === 0) tell(captions.issues, path);
      return { compiled: captions, position: track.captions.position };
    } catch (error) {
      const { code, message, hint } = ReelburstError.from(error, "CAPTIONS_INVALID");
      throw new ReelburstError(code, message, { path, hint, cause: error });
    }
  });
  const stacked = stackTracks(compiled);
  const last = tracks.at(-1);
  if (stacked.crowded > 0 && leadMs === 0 && last !== undefined) {
    const message = `${stacked.crowded} captions of the tracks find no place of their own in the frame and cover others; make them smaller.`;
    tell([{ code: "CAPTION_TRACKS_CROWDED", message }], last.path);
  }
  const fonts = [
    ...new Map(stacked.tracks.flatMap((one) => one.fonts.map((font) => [font.sha256, font]))).values(),
  ];
  return stacked.tracks.map((one) => ({ ...one, fonts }));
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
