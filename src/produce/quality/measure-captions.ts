/** What the report says of a scene's captions. Pure. */
import type { Cue } from "../../render/captions/cue.ts";
import type { CaptionLayout } from "../../render/quality/caption-layout.ts";
import { readingSpeed } from "../../render/quality/reading-speed.ts";
import type { CaptionQuality, CueQuality } from "./quality-report.ts";

export interface CaptionsOfScene {
  /** As they are shown; milliseconds from the narration's first sample, as everything here but the contrasts. */
  readonly cues: readonly Cue[];
  /** As the file has them. */
  readonly written: readonly Cue[];
  readonly layouts: readonly CaptionLayout[];
  /** Seconds of the file at which the cues' time 0 stands, and at which the scene ends. */
  readonly zeroSeconds: number;
  readonly endSeconds: number;
  /** By seconds of the file. */
  readonly contrasts: readonly {
    readonly atSeconds: number;
    readonly mean: number;
    readonly worst: number;
  }[];
}

/** Several tracks are reported as one: what they hold in order of time. Gaps and overlaps are each track's own. */
export function measureTracks(
  tracks: readonly Pick<CaptionsOfScene, "cues" | "written" | "layouts">[],
  scene: Omit<CaptionsOfScene, "cues" | "written" | "layouts">,
): CaptionQuality {
  const measured = tracks.map((track) => measureCaptions({ ...track, ...scene }));
  const gaps = measured.flatMap(({ shortestGapSeconds }) => shortestGapSeconds ?? []);
  const sum = (of: "overlaps" | "dropped"): number => measured.reduce((total, track) => total + track[of], 0);
  return {
    overlaps: sum("overlaps"),
    dropped: sum("dropped"),
    shortestGapSeconds: gaps.length === 0 ? null : Math.min(...gaps),
    overflowPixels: Math.max(0, ...measured.map(({ overflowPixels }) => overflowPixels)),
    cues: measured.flatMap(({ cues }) => cues).sort((a, b) => a.startSeconds - b.startSeconds),
  };
}

export function measureCaptions(scene: CaptionsOfScene): CaptionQuality {
  const { cues, written, layouts, zeroSeconds, endSeconds } = scene;
  const sceneEndMs = (endSeconds - zeroSeconds) * 1000;
  const shown = cues.filter((cue) => cue.startMs < sceneEndMs);
  const gaps = shown.slice(1).map((cue, index) => cue.startMs - (shown[index] as Cue).endMs);
  const wishes = shown.map((cue) => writtenEnd(cue, written));
  return {
    overlaps: shown.slice(1).filter((cue, index) => (wishes[index] as number) > cue.startMs).length,
    dropped: written.filter((cue) => cue.startMs >= Math.min(sceneEndMs, (cues.at(-1)?.endMs ?? 0) + 1))
      .length,
    shortestGapSeconds: gaps.length === 0 ? null : Math.max(0, Math.min(...gaps)) / 1000,
    overflowPixels: Math.max(0, ...layouts.map(({ overflowPixels }) => overflowPixels)),
    cues: shown.map((cue, index): CueQuality => {
      const endMs = Math.min(cue.endMs, sceneEndMs);
      const seconds = (endMs - cue.startMs) / 1000;
      const next = shown[index + 1];
      const wish = Math.max(cue.endMs, wishes[index] as number);
      const yields = next !== undefined && wish > next.startMs;
      const own = layouts.filter((layout) => layout.startMs < cue.endMs && layout.endMs > cue.startMs);
      const startSeconds = zeroSeconds + cue.startMs / 1000;
      return {
        text: cue.text,
        startSeconds,
        seconds,
        ...readingSpeed(cue.text, seconds),
        lines: Math.max(0, ...own.map(({ lines }) => lines)),
        cutSeconds: yields ? 0 : Math.max(0, wish - endMs) / 1000,
        contrast: lowest(
          scene.contrasts.filter(
            ({ atSeconds }) => atSeconds >= startSeconds && atSeconds < startSeconds + seconds,
          ),
        ),
      };
    }),
  };
}

/** Until when the author wanted the cue shown. */
function writtenEnd(cue: Cue, written: readonly Cue[]): number {
  const own = written.filter((one) => one.startMs === cue.startMs && cue.text.includes(one.text));
  return Math.max(cue.endMs, ...own.map(({ endMs }) => endMs));
}

function lowest(contrasts: CaptionsOfScene["contrasts"]): CueQuality["contrast"] {
  const [first, ...rest] = contrasts;
  if (first === undefined) return null;
  const { mean, worst } = rest.reduce((low, one) => (one.worst < low.worst ? one : low), first);
  return { mean, worst };
}
