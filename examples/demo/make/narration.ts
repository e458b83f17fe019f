/** Speaks the script with Flite and writes each scene's narration and captions, in step to the phone. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeSound } from "./audio-file.ts";
import { type Cue, writeCaptions } from "./captions-file.ts";
import { activeRms, filter, highPass, peak, peakOf, upsample } from "./dsp.ts";
import { phonesOf, speak } from "./flite.ts";
import { type NarratedScene, SCENES } from "./script.ts";
import { type TimedWord, timeWords } from "./word-times.ts";

/** A little slower than Flite's habit: it reads like news otherwise. */
const STRETCH = 1.12;
const SENTENCE_PAUSE_SECONDS = 0.5;
const EDGE_SECONDS = 0.08;
/** Speech level while someone speaks: about -20 LUFS, so that music can stand under it before mastering. */
const SPEECH_RMS = 10 ** (-20 / 20);
const PEAK_LIMIT = 10 ** (-2 / 20);
const UPSAMPLING = 3;
/** Captions linger after the last word, but never into the next cue. */
const LINGER_SECONDS = 0.35;

const folder = fileURLToPath(new URL("..", import.meta.url));

export interface Narration {
  readonly sampleRate: number;
  readonly samples: Float32Array;
  /** Timed words of each line of the scene. */
  readonly lines: readonly (readonly TimedWord[])[];
}

export function narrate(scene: NarratedScene): Narration {
  const parts: Float32Array[] = [];
  const lines: TimedWord[][] = [];
  let sampleRate = 16_000;
  let length = 0;
  const append = (part: Float32Array): void => {
    parts.push(part);
    length += part.length;
  };
  scene.lines.forEach((line, index) => {
    const utterance = speak(line.say ?? line.text, STRETCH);
    sampleRate = utterance.sampleRate;
    const sounding = utterance.phones.filter((phone) => phone.name !== "pau");
    const start = Math.max(0, (sounding[0]?.start ?? 0) - EDGE_SECONDS);
    const end = Math.min(utterance.samples.length / sampleRate, (sounding.at(-1)?.end ?? 0) + EDGE_SECONDS);
    if (index > 0)
      append(new Float32Array(Math.round((SENTENCE_PAUSE_SECONDS - 2 * EDGE_SECONDS) * sampleRate)));
    const offset = length / sampleRate - start;
    append(
      faded(
        utterance.samples.slice(Math.round(start * sampleRate), Math.round(end * sampleRate)),
        sampleRate * 0.015,
      ),
    );
    const written = line.text.split(" ");
    const said = (line.say ?? line.text).split(" ");
    const timed = timeWords(said, utterance.phones, phonesOf);
    lines.push(
      timed.map((word, at) => ({
        text: written[at] ?? "",
        start: word.start + offset,
        end: word.end + offset,
      })),
    );
  });
  const speech = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    speech.set(part, at);
    at += part.length;
  }
  return {
    sampleRate: sampleRate * UPSAMPLING,
    samples: polish(upsample(speech, UPSAMPLING), sampleRate * UPSAMPLING),
    lines,
  };
}

/** Rumble off, boxiness down, presence up; then one level for all scenes. */
function polish(speech: Float32Array, rate: number): Float32Array {
  let voice = filter(speech, highPass(75, 0.7, rate));
  voice = filter(voice, peak(320, 0.9, -2.5, rate));
  voice = filter(voice, peak(3_600, 0.8, 3, rate));
  voice = filter(voice, peak(6_200, 1, 2.5, rate));
  const gain = SPEECH_RMS / activeRms(voice, rate);
  const top = peakOf(voice) * gain;
  // A soft knee instead of a lower level: only a few plosives reach it.
  const shape = (value: number): number =>
    top <= PEAK_LIMIT ? value : PEAK_LIMIT * Math.tanh(value / PEAK_LIMIT);
  return voice.map((value) => shape(value * gain));
}

const faded = (samples: Float32Array, length: number): Float32Array =>
  samples.map((value, index) => value * Math.min(1, index / length, (samples.length - 1 - index) / length));

export function cuesOf(scene: NarratedScene, narration: Narration): Cue[] {
  const cues: { start: number; end: number; lines: string[] }[] = [];
  scene.lines.forEach((line, index) => {
    let word = 0;
    const timed = narration.lines[index] ?? [];
    line.cues.forEach((cue, cueIndex) => {
      const count = cue.replaceAll("|", " ").split(" ").length;
      const [first, last] = [timed[word], timed[word + count - 1]];
      word += count;
      if (first && last)
        cues.push({
          start: first.start,
          end: last.end + LINGER_SECONDS,
          lines: (line.chinese?.[cueIndex] ?? cue).split("|"),
        });
    });
    if (word !== timed.length) throw new Error(`The cues of ${scene.id} do not add up to its text`);
  });
  const end = narration.samples.length / narration.sampleRate;
  cues.forEach((cue, index) => {
    cue.end = Math.min(cue.end, cues[index + 1]?.start ?? end);
  });
  return cues;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of ["audio", "captions"]) mkdirSync(`${folder}${name}`, { recursive: true });
  let total = 0;
  for (const scene of SCENES) {
    const narration = narrate(scene);
    const seconds = narration.samples.length / narration.sampleRate;
    total += seconds;
    writeSound(
      `${folder}audio/${scene.audio}`,
      { sampleRate: narration.sampleRate, channels: [narration.samples] },
      64_000,
    );
    writeCaptions(`${folder}captions/${scene.captions}`, cuesOf(scene, narration), narration.lines.flat());
    const level = 20 * Math.log10(activeRms(narration.samples, narration.sampleRate));
    console.log(
      `${scene.audio} ${seconds.toFixed(2)} s, ${level.toFixed(1)} dB while speaking, peak ${peakOf(narration.samples).toFixed(2)}`,
    );
  }
  console.log(`${total.toFixed(1)} s of speech`);
}
