/** Captions as files beside a film. Pure. */
import type { Cue } from "../render/captions/cue.ts";
import { toSrt, toVtt } from "../render/captions/sidecar.ts";
import type { Timeline } from "../render/plan.ts";
import { framesToSeconds, SAMPLE_RATE } from "../render/timeline.ts";
import type { CaptionTrack, SceneCaptions } from "./compile-scene-captions.ts";
import type { OutputPaths } from "./output-paths.ts";

export interface Sidecar {
  readonly kind: "srt" | "vtt";
  readonly path: string;
  readonly text: string;
}

/**
 * The first track of every scene, and, when any scene has several, each language's own files.
 *
 * @param captions by scene id
 */
export function sidecarsOf(
  timeline: Timeline,
  captions: ReadonlyMap<string, SceneCaptions>,
  paths: OutputPaths,
): Sidecar[] {
  const collect = (choose: (tracks: readonly CaptionTrack[]) => CaptionTrack | undefined): Cue[] =>
    timeline.scenes.flatMap((timing) => {
      const startMs =
        timing.voiceStartSample === null
          ? framesToSeconds(timing.startFrame, timeline.fps) * 1000
          : (timing.voiceStartSample / SAMPLE_RATE) * 1000;
      return (choose(captions.get(timing.id)?.tracks ?? [])?.cues ?? []).map((cue) => ({
        ...cue,
        startMs: cue.startMs + startMs,
        endMs: cue.endMs + startMs,
      }));
    });
  const both = (cues: readonly Cue[], srt: string, vtt: string): Sidecar[] =>
    cues.length === 0
      ? []
      : [
          { kind: "srt", path: srt, text: toSrt(cues) },
          { kind: "vtt", path: vtt, text: toVtt(cues) },
        ];
  return [
    ...both(
      collect((tracks) => tracks[0]),
      paths.srt,
      paths.vtt,
    ),
    ...languagesOf([...captions.values()].map(({ tracks }) => tracks)).flatMap((language) => {
      const { srt, vtt } = paths.captions(language);
      return both(
        collect((tracks) => tracks.find((track) => track.language === language)),
        srt,
        vtt,
      );
    }),
  ];
}

/** The languages that get files of their own, in order of their first appearance: none without a second track. */
export function languagesOf(scenes: readonly (readonly Pick<CaptionTrack, "language">[])[]): string[] {
  if (!scenes.some((tracks) => tracks.length > 1)) return [];
  return [...new Set(scenes.flat().flatMap(({ language }) => language ?? []))];
}
