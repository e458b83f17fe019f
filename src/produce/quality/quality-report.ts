/** The `quality` section of a film's report, as data; what its figures mean: docs/guide/report.md. */
import type { ReadingSpeed } from "../../render/quality/reading-speed.ts";
import type { ProductionResult } from "../events.ts";

/** What is written as `film.json`. */
export type ProductionReport = Omit<ProductionResult, "quality"> & { readonly quality: QualityReport };

/** What travels with the result. */
export interface QualitySummary {
  /** Absolute path of the report as a page. */
  readonly page: string;
  /** Warnings first, each in order of time. */
  readonly findings: readonly Finding[];
}

export interface QualityReport extends QualitySummary {
  /** The film; or every scene's own file, when only these are made. */
  readonly files: readonly FileQuality[];
}

export interface Finding {
  readonly code: string;
  readonly severity: "info" | "warning";
  /** null: the whole file. */
  readonly scene: string | null;
  /** In the file; null where it has no place. */
  readonly atSeconds: number | null;
  readonly message: string;
  readonly hint: string;
}

export interface Span {
  readonly startSeconds: number;
  readonly seconds: number;
}

export interface StillSpan extends Span {
  readonly scene: string;
  /**
   * `plan`: a picture without motion; `plain`: it moves, but is the same all over; `held`: a video's last frame;
   * `frozen`: the video itself stands still.
   */
  readonly why: "plan" | "plain" | "held" | "frozen";
}

export interface SilentSpan extends Span {
  /** Whether a voice or music was meant to be heard in most of it. */
  readonly expectsSound: boolean;
}

export interface FileQuality {
  readonly path: string;
  /** The scene whose own file it is. */
  readonly scene: string | null;
  readonly sizeBytes: number;
  readonly bitsPerSecond: number;
  readonly audioBitsPerSecond: number | null;
  readonly duration: {
    readonly plannedSeconds: number;
    /** As read back from the file. */
    readonly pictureSeconds: number;
    readonly soundSeconds: number | null;
    /** By how much the sound is longer than the picture. */
    readonly driftMs: number | null;
  };
  readonly loudness: LoudnessQuality | null;
  readonly black: readonly Span[];
  readonly still: readonly StillSpan[];
  readonly silent: readonly SilentSpan[];
  readonly scenes: readonly SceneQuality[];
}

export interface LoudnessQuality {
  readonly targetLufs: number | null;
  readonly integratedLufs: number | null;
  readonly truePeakDb: number | null;
  readonly maxMomentaryLufs: number | null;
  readonly maxShortTermLufs: number | null;
  readonly rangeLu: number | null;
  /** LUFS of the 3 s around each second; null for silence. */
  readonly curve: readonly (number | null)[];
}

export interface SceneQuality {
  readonly id: string;
  readonly startSeconds: number;
  readonly seconds: number;
  readonly videoBytes: number;
  readonly videoBitsPerSecond: number;
  /** Mean while it lasts; null without a voice in it or without sound. */
  readonly loudnessLufs: number | null;
  /** null without captions. */
  readonly captions: CaptionQuality | null;
}

export interface CaptionQuality {
  /** Cues that begin while another is shown. */
  readonly overlaps: number;
  /** Cues that begin after the scene's end, and are never shown. */
  readonly dropped: number;
  /** Between two cues; null with fewer than two. */
  readonly shortestGapSeconds: number | null;
  /** Pixels by which the largest block of captions leaves the safe area: 5 % at each side, 2.5 % above and below. */
  readonly overflowPixels: number;
  readonly cues: readonly CueQuality[];
}

export interface CueQuality extends Span, ReadingSpeed {
  readonly text: string;
  /** The most that stand on screen at a time. */
  readonly lines: number;
  /** What is lost of it at the scene's end. */
  readonly cutSeconds: number;
  /** See `CaptionContrast`; null where it was not measured. */
  readonly contrast: { readonly mean: number; readonly worst: number } | null;
}
