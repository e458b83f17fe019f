/**
 * What a film sounds like, as plain data, and what the two sound tasks of the render process take and give.
 *
 * All positions are samples at 48 kHz counted per channel ("a sample" is one stereo pair). PCM between
 * decoding and mixing is raw interleaved stereo float32, little endian, 8 bytes a sample.
 */
import { ReelburstError } from "../../support/errors.ts";
import type { LoudnessCourse } from "./loudness.ts";

export const SOUND_SAMPLE_RATE = 48_000;
export const PCM_BYTES_PER_SAMPLE = 8;
/** True peak ceiling in dBTP (EBU R 128). */
const DEFAULT_TRUE_PEAK_DB = -1;

export interface SoundPlan {
  readonly sampleRate: 48_000;
  readonly totalSamples: number;
  readonly voices: readonly VoicePlacement[];
  readonly music: MusicPlacement | null;
  /** Integrated loudness target in LUFS; null leaves the level as it is (peaks are still limited). */
  readonly loudness: number | null;
  /** Ceiling in dBTP. */
  readonly truePeakDb: number;
}

export interface VoicePlacement {
  /** Names the decoded PCM: a digest in a plan, a file path in the input of `mixSound`. */
  readonly pcm: string;
  readonly startSample: number;
  readonly sampleCount: number;
  /** Linear gain. */
  readonly volume: number;
  /** First sample of the PCM that is heard; without it, its first. */
  readonly sourceStart?: number;
}

export interface MusicPlacement {
  readonly pcm: string;
  readonly sampleCount: number;
  /** Linear gain. With `duck` it is relative to 0.15, which means 19 dB under speech. */
  readonly volume: number;
  readonly duck: boolean;
  readonly loop: boolean;
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
}

export interface DecodeAudioInput {
  /** Absolute path of the file to decode. */
  readonly path: string;
  /** Where the PCM goes. Removed again when decoding fails. */
  readonly outPath: string;
  readonly limits: { readonly maxDurationSeconds: number; readonly maxOutputBytes: number };
  /**
   * For the sound of a video: the moment in the file, in seconds, at which the first sample is to stand. What comes
   * before it is left out, silence stands where the file has none.
   */
  readonly originSeconds?: number;
}

export interface DecodedAudio {
  readonly sampleCount: number;
  readonly sourceSampleRate: number;
  readonly sourceChannels: number;
  /** FFmpeg's codec name, e.g. `mp3float`, `aac`, `pcm_s16le`. */
  readonly codec: string;
  /** Largest absolute sample, linear. */
  readonly peak: number;
  /** Level of the whole file in dBFS (a full-scale square is 0); -Infinity would not survive JSON, so >= -200. */
  readonly rmsDb: number;
  /** Nothing above -60 dBFS in the whole file. */
  readonly silent: boolean;
  readonly warnings: readonly AudioWarning[];
}

export interface AudioWarning {
  readonly code:
    | "AUDIO_MISLABELLED"
    | "AUDIO_DAMAGED"
    | "AUDIO_EXTRA_STREAMS"
    | "AUDIO_SILENT"
    | "AUDIO_LENGTH_UNSTATED";
  readonly message: string;
}

export interface MixSoundInput {
  /** Every `pcm` is a file path. */
  readonly plan: SoundPlan;
  readonly outPath: string;
  /** AAC bits per second. */
  readonly bitrate: number;
}

/** Levels of windows of 50 ms in half decibels above -100 dBFS, a byte each, in base64; see envelope.ts. */
export type Envelope = string;

export interface MixedSound {
  readonly totalSamples: number;
  /** Loudness of the mix before gain and limiter in LUFS; null when there is nothing to measure. */
  readonly integratedLufsBefore: number | null;
  /** Measured on the finished AAC file, decoded again. */
  readonly integratedLufs: number | null;
  /** Measured on the finished AAC file, decoded again; null for digital silence. */
  readonly truePeakDb: number | null;
  readonly gainDb: number;
  readonly bytes: number;
  readonly encoder: string;
  /** Of the samples that were given to the encoder. */
  readonly envelope: Envelope;
  /** Of the finished file. */
  readonly course: LoudnessCourse;
  /** Stretches of at least a second below -70 LUFS in the finished file. */
  readonly silentSpans: readonly { readonly startSample: number; readonly sampleCount: number }[];
}

export interface SoundPlanRequest {
  readonly totalSamples: number;
  readonly voices: readonly VoicePlacement[];
  readonly music:
    | (Pick<MusicPlacement, "pcm" | "sampleCount" | "volume" | "duck" | "loop"> & {
        readonly fadeInSeconds: number;
        readonly fadeOutSeconds: number;
      })
    | null;
  readonly loudness: number | null;
  readonly truePeakDb?: number;
}

/**
 * Checks placements and resolves seconds to samples once. Voices are ordered by start.
 *
 * @throws ReelburstError SOUND_PLAN_INVALID when a voice lies outside the film or a number is not one
 */
export function buildSoundPlan(request: SoundPlanRequest): SoundPlan {
  requireWhole(request.totalSamples, "totalSamples");
  for (const [index, voice] of request.voices.entries()) {
    requireWhole(voice.startSample, `voices[${index}].startSample`);
    requireWhole(voice.sampleCount, `voices[${index}].sampleCount`);
    requireGain(voice.volume, `voices[${index}].volume`);
    requireWhole(voice.sourceStart ?? 0, `voices[${index}].sourceStart`);
    if (voice.startSample >= request.totalSamples && voice.sampleCount > 0) {
      throw invalid(`voices[${index}].startSample`, "starts after the film's end");
    }
  }
  const music = request.music;
  if (music !== null) {
    requireWhole(music.sampleCount, "music.sampleCount");
    requireGain(music.volume, "music.volume");
    requireGain(music.fadeInSeconds, "music.fadeInSeconds");
    requireGain(music.fadeOutSeconds, "music.fadeOutSeconds");
  }
  return {
    sampleRate: SOUND_SAMPLE_RATE,
    totalSamples: request.totalSamples,
    voices: request.voices.toSorted((a, b) => a.startSample - b.startSample),
    music:
      music === null
        ? null
        : {
            pcm: music.pcm,
            sampleCount: music.sampleCount,
            volume: music.volume,
            duck: music.duck,
            loop: music.loop,
            fadeInSamples: Math.round(music.fadeInSeconds * SOUND_SAMPLE_RATE),
            fadeOutSamples: Math.round(music.fadeOutSeconds * SOUND_SAMPLE_RATE),
          },
    loudness: request.loudness,
    truePeakDb: request.truePeakDb ?? DEFAULT_TRUE_PEAK_DB,
  };
}

/** The same plan with every digest replaced by the path of its PCM file. */
export function withPcmPaths(plan: SoundPlan, pathOf: (pcm: string) => string): SoundPlan {
  return {
    ...plan,
    voices: plan.voices.map((voice) => ({ ...voice, pcm: pathOf(voice.pcm) })),
    music: plan.music === null ? null : { ...plan.music, pcm: pathOf(plan.music.pcm) },
  };
}

function requireWhole(value: number, path: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw invalid(path, "must be a whole number of samples >= 0");
}

function requireGain(value: number, path: string): void {
  if (!Number.isFinite(value) || value < 0) throw invalid(path, "must be a finite number >= 0");
}

function invalid(path: string, what: string): ReelburstError {
  return new ReelburstError("SOUND_PLAN_INVALID", `The sound plan cannot be mixed: ${path} ${what}.`, {
    path,
  });
}
