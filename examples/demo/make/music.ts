/**
 * The film's music: 56 s of slow chords in D flat, loopable without a seam.
 *
 * Everything is added into a ring, so what rings on past the end is heard at the start.
 */
import { fileURLToPath } from "node:url";
import { writeSound } from "./audio-file.ts";
import { filter, highPass, peakOf } from "./dsp.ts";
import { random } from "./noise.ts";

const RATE = 48_000;
/** A chord lasts 165 AAC frames of 1024 samples, so that the encoded loop ends where a frame ends. */
const CHORD = 165 * 1024;
const BEAT = CHORD / 4;

/** MIDI numbers: bass, then the pad from low to high. */
const CHORDS: readonly (readonly number[])[] = [
  [37, 56, 61, 63, 68], // Db add9
  [37, 56, 60, 63, 65], // Db maj9
  [34, 53, 61, 63, 68], // Bb m11
  [34, 56, 61, 65, 68], // Bb m7
  [42, 54, 61, 65, 68], // Gb maj9
  [42, 56, 58, 61, 65], // Gb maj9
  [44, 54, 61, 63, 66], // Ab sus
  [44, 56, 60, 63, 66], // Ab 7
  [41, 56, 60, 63, 68], // F m7
  [34, 56, 61, 65, 68], // Bb m7
  [39, 54, 58, 61, 65], // Eb m9
  [44, 54, 61, 63, 66], // Ab sus
  [42, 54, 58, 65, 68], // Gb maj9
  [41, 56, 61, 65, 68], // Db/F
  [39, 54, 61, 63, 66], // Eb m7
  [44, 54, 58, 63, 66], // Ab sus
];

/** [chord, beat, MIDI, loudness] */
const MELODY: readonly (readonly [number, number, number, number])[] = [
  [0, 1, 80, 0.8],
  [0, 2.5, 77, 0.6],
  [1, 0, 75, 0.8],
  [1, 2, 72, 0.5],
  [2, 1, 73, 0.7],
  [2, 2.5, 75, 0.55],
  [3, 0.5, 77, 0.8],
  [4, 1, 80, 0.8],
  [4, 2.5, 82, 0.65],
  [5, 0, 77, 0.75],
  [5, 2.5, 73, 0.5],
  [6, 1, 75, 0.7],
  [7, 0, 72, 0.6],
  [7, 2, 75, 0.5],
  [8, 1, 84, 0.7],
  [8, 2.5, 80, 0.6],
  [9, 0.5, 77, 0.75],
  [9, 3, 75, 0.45],
  [10, 1, 73, 0.7],
  [10, 2.5, 77, 0.6],
  [11, 1, 75, 0.7],
  [12, 0.5, 80, 0.8],
  [12, 2, 77, 0.6],
  [13, 0.5, 73, 0.7],
  [13, 2.5, 68, 0.5],
  [14, 1, 70, 0.6],
  [14, 2.5, 73, 0.55],
  [15, 1, 75, 0.6],
];

const hertz = (note: number): number => 440 * 2 ** ((note - 69) / 12);

class Ring {
  readonly left = new Float32Array(CHORD * CHORDS.length);
  readonly right = new Float32Array(CHORD * CHORDS.length);

  add(at: number, value: number, pan: number): void {
    const index = ((at % this.left.length) + this.left.length) % this.left.length;
    this.left[index] = (this.left[index] as number) + value * Math.cos(((pan + 1) * Math.PI) / 4);
    this.right[index] = (this.right[index] as number) + value * Math.sin(((pan + 1) * Math.PI) / 4);
  }
}

/** Detuned partials that fall off quickly: a warm string-like pad with slow attack and release. */
function pad(
  ring: Ring,
  start: number,
  length: number,
  note: number,
  loudness: number,
  pan: number,
  phase: number,
): void {
  const attack = RATE * 1.5;
  const release = RATE * 2.2;
  for (const [detune, side] of [
    [-0.055, -0.55],
    [0.05, 0.55],
    [0.004, 0],
  ] as const) {
    const frequency = hertz(note + detune);
    for (let partial = 1; partial <= 7; partial++) {
      if (frequency * partial > 5_000) break;
      const amplitude = (loudness * 0.33) / partial ** 1.75;
      const turn = (2 * Math.PI * frequency * partial) / RATE;
      for (let i = 0; i < length + release; i++) {
        const rise = i < attack ? 0.5 - 0.5 * Math.cos((Math.PI * i) / attack) : 1;
        const fall = i > length ? 0.5 + 0.5 * Math.cos((Math.PI * (i - length)) / release) : 1;
        // The upper partials breathe.
        const breath = 1 - 0.35 * (partial > 1 ? 0.5 + 0.5 * Math.sin(i / RATE / 1.7 + phase + partial) : 0);
        ring.add(
          start + i,
          amplitude * rise * fall * breath * Math.sin(turn * i + phase * partial),
          Math.max(-1, Math.min(1, pan + side)),
        );
      }
    }
  }
}

/** A felt piano: partials a little sharp, dying away the faster the higher, a soft hammer. */
function piano(ring: Ring, start: number, note: number, loudness: number, pan: number): void {
  const frequency = hertz(note);
  const length = RATE * 4.5;
  for (let partial = 1; partial <= 9; partial++) {
    const sounding = frequency * partial * Math.sqrt(1 + 0.00038 * partial * partial);
    if (sounding > 7_000) break;
    const amplitude = (loudness * Math.exp(-0.5 * (partial - 1))) / (1 + 0.18 * partial);
    const decay = (0.55 + 0.5 * partial + frequency / 900) / RATE;
    const turn = (2 * Math.PI * sounding) / RATE;
    for (let i = 0; i < length; i++) {
      const attack = i < 280 ? 0.5 - 0.5 * Math.cos((Math.PI * i) / 280) : 1;
      const tail = i > length - 4_800 ? (length - i) / 4_800 : 1;
      ring.add(
        start + i,
        amplitude *
          attack *
          tail *
          (0.75 * Math.exp(-decay * i) + 0.25 * Math.exp(-decay * 0.32 * i)) *
          Math.sin(turn * i),
        pan,
      );
    }
  }
}

/** Eight delay lines fed back through a Householder matrix; run around the ring twice, so that its tail wraps. */
function reverberate(ring: Ring, seconds: number, damping: number): Ring {
  const wet = new Ring();
  const length = ring.left.length;
  const delays = [1_687, 2_053, 2_467, 2_903, 3_373, 3_851, 4_349, 4_931].map(
    (samples) => new Float32Array(samples),
  );
  const heads = new Int32Array(8);
  const low = new Float64Array(8);
  const read = new Float64Array(8);
  const gains = delays.map((line) => 10 ** ((-3 * line.length) / RATE / seconds));
  for (let i = 0; i < length * 2; i++) {
    const at = i % length;
    let sum = 0;
    for (let k = 0; k < 8; k++) {
      const line = delays[k] as Float32Array;
      const value = line[heads[k] as number] as number;
      low[k] = (low[k] as number) + (value - (low[k] as number)) * damping;
      read[k] = (low[k] as number) * (gains[k] as number);
      sum += read[k] as number;
    }
    for (let k = 0; k < 8; k++) {
      const line = delays[k] as Float32Array;
      const input = k % 2 === 0 ? (ring.left[at] as number) : (ring.right[at] as number);
      line[heads[k] as number] = input * 0.35 + (read[k] as number) - sum * 0.25;
      heads[k] = ((heads[k] as number) + 1) % line.length;
    }
    if (i < length) continue;
    wet.left[at] = (read[0] as number) + (read[2] as number) - (read[4] as number) + (read[6] as number);
    wet.right[at] = (read[1] as number) - (read[3] as number) + (read[5] as number) + (read[7] as number);
  }
  return wet;
}

function compose(): { left: Float32Array; right: Float32Array } {
  const pads = new Ring();
  const keys = new Ring();
  const next = random(11);
  CHORDS.forEach((chord, index) => {
    const [bass = 36, ...voices] = chord;
    pad(pads, index * CHORD, CHORD, bass, 0.5, 0, next() * 6);
    for (const [voice, note] of voices.entries()) {
      pad(pads, index * CHORD, CHORD, note, 0.2 - voice * 0.018, (voice - 1.5) * 0.3, next() * 6);
    }
    // A broken chord under the melody, quietly.
    for (const [voice, note] of voices.entries()) {
      piano(
        keys,
        Math.round(index * CHORD + voice * BEAT * 0.5 + (next() - 0.5) * 900),
        note,
        0.085 + 0.02 * next(),
        (voice - 1.5) * 0.25,
      );
    }
    piano(keys, Math.round(index * CHORD + 30 * next()), bass + 12, 0.12, 0);
  });
  for (const [chord, beat, note, loudness] of MELODY) {
    piano(
      keys,
      Math.round(chord * CHORD + beat * BEAT + (next() - 0.5) * 1_200),
      note,
      loudness * 0.33,
      0.12,
    );
  }
  const padRoom = reverberate(pads, 3.2, 0.35);
  const keyRoom = reverberate(keys, 2.8, 0.45);
  const left = new Float32Array(pads.left.length);
  const right = new Float32Array(pads.left.length);
  for (let i = 0; i < left.length; i++) {
    left[i] =
      (pads.left[i] as number) * 0.62 +
      (padRoom.left[i] as number) * 0.4 +
      (keys.left[i] as number) +
      (keyRoom.left[i] as number) * 0.55;
    right[i] =
      (pads.right[i] as number) * 0.62 +
      (padRoom.right[i] as number) * 0.4 +
      (keys.right[i] as number) +
      (keyRoom.right[i] as number) * 0.55;
  }
  return { left: aroundFilter(left), right: aroundFilter(right) };
}

/** Filters twice around, so that the filter's state at the seam is the state of the loop. */
function aroundFilter(signal: Float32Array): Float32Array {
  const twice = new Float32Array(signal.length * 2);
  twice.set(signal);
  twice.set(signal, signal.length);
  return filter(twice, highPass(32, 0.7, RATE)).slice(signal.length);
}

const { left, right } = compose();
const gain = 10 ** (-3 / 20) / Math.max(peakOf(left), peakOf(right));
const channels = [left, right].map((channel) => channel.map((value) => value * gain));
writeSound(
  process.argv[2] ?? fileURLToPath(new URL("../music.m4a", import.meta.url)),
  { sampleRate: RATE, channels },
  128_000,
);
console.log(`music ${(left.length / RATE).toFixed(2)} s`);
