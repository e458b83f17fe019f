/** Voices and music of a film, mixed for any range of it. Every pass over the film asks for it again. */
import { DUCK_HOP_SAMPLES, duckCurve, duckedMusicGain, findSpeech, SpeechLevels } from "./ducking.ts";
import { LoudnessMeter } from "./loudness.ts";
import { createMusicBed, type MusicBed } from "./music-bed.ts";
import { MusicScan } from "./music-scan.ts";
import type { PcmSource } from "./pcm-source.ts";
import type { SoundPlan, VoicePlacement } from "./sound-plan.ts";
import { addVoice, prepareVoice, type Voice } from "./voice.ts";

/** 200 ms: two loudness hops, and small enough that an abort is noticed at once. */
export const BLOCK_SAMPLES = 9600;

/** Calls `visit(start, count)` for consecutive blocks; the caller's version can pause and stop between them. */
export type ForEachBlock = (
  totalSamples: number,
  visit: (start: number, count: number) => void,
) => Promise<void>;

export class SoundMixer {
  readonly #voices: readonly Voice[];
  readonly #music: MusicBed | null;
  readonly #scratch = new Float32Array(BLOCK_SAMPLES * 2);

  constructor(voices: readonly Voice[], music: MusicBed | null) {
    this.#voices = voices;
    this.#music = music;
  }

  /** Writes film samples `start..start+count` to the beginning of `out`; count <= BLOCK_SAMPLES. */
  mix(start: number, count: number, out: Float32Array): void {
    out.fill(0, 0, count * 2);
    for (const voice of this.#voices) addVoice(voice, start, count, out, this.#scratch);
    this.#music?.add(start, count, out, this.#scratch);
  }
}

/**
 * Reads what mixing has to know beforehand: the voices' edges, and with ducked music the loudness of both and
 * where someone speaks (one pass over the voices, one over the music).
 */
export async function prepareMixer(
  plan: SoundPlan,
  open: (pcm: string, sampleCount: number) => PcmSource,
  forEachBlock: ForEachBlock,
): Promise<SoundMixer> {
  const voices = plan.voices.map((voice) => prepareVoice(voice, openVoice(voice, open), plan.totalSamples));
  if (plan.music === null || plan.music.sampleCount === 0) return new SoundMixer(voices, null);
  const source = open(plan.music.pcm, plan.music.sampleCount);
  const block = new Float32Array(BLOCK_SAMPLES * 2);

  const scan = new MusicScan();
  await forEachBlock(
    plan.music.loop ? source.sampleCount : Math.min(source.sampleCount, plan.totalSamples),
    (start, count) => {
      source.read(start, count, block, 0);
      scan.push(block, count);
    },
  );
  if (!plan.music.duck || voices.length === 0) {
    return new SoundMixer(
      voices,
      createMusicBed(plan.music, source, scan.audible(), plan.totalSamples, plan.music.volume, null),
    );
  }

  const speech = new SoundMixer(voices, null);
  const levels = new SpeechLevels(plan.totalSamples);
  const meter = new LoudnessMeter();
  await forEachBlock(plan.totalSamples, (start, count) => {
    speech.mix(start, count, block);
    levels.push(block, count);
    meter.push(block, count);
  });
  const speechLufs = meter.integrated();
  const spans = findSpeech(levels.finish(), speechLufs);
  const curve = spans.length === 0 ? null : duckCurve(spans, Math.ceil(plan.totalSamples / DUCK_HOP_SAMPLES));
  const gain = duckedMusicGain(plan.music.volume, speechLufs, scan.loudness());
  return new SoundMixer(
    voices,
    createMusicBed(plan.music, source, scan.audible(), plan.totalSamples, gain, curve),
  );
}

/** The part of a recording that is heard, as if it were all of it. */
function openVoice(
  { pcm, sampleCount, sourceStart = 0 }: VoicePlacement,
  open: (pcm: string, sampleCount: number) => PcmSource,
): PcmSource {
  const whole = open(pcm, sourceStart + sampleCount);
  if (sourceStart === 0) return whole;
  return {
    sampleCount,
    read: (start, count, into, offset) => whole.read(sourceStart + start, count, into, offset),
  };
}
