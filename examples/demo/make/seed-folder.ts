/** Makes `examples/seed-folder`: three small scenes in the folder naming `images/scene_001_english.jpg`. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { writeSound } from "./audio-file.ts";
import { writeCaptions } from "./captions-file.ts";
import { activeRms, filter, highPass, peak } from "./dsp.ts";
import { cuesOf, narrate } from "./narration.ts";
import type { NarratedScene } from "./script.ts";

const target = fileURLToPath(new URL("../../seed-folder/", import.meta.url));
const pictures = fileURLToPath(new URL("../pictures/", import.meta.url));

const ENGLISH: readonly (NarratedScene & { readonly picture: string })[] = [
  {
    id: "scene_001_english",
    picture: "gold.jpg",
    audio: "scene_001_english.mp3",
    captions: "scene_001_english.srt",
    lines: [
      { text: "A picture, a voice, and a line of text.", cues: ["A picture, a voice, and a line of text."] },
    ],
  },
  {
    id: "scene_003_english",
    picture: "stars.jpg",
    audio: "scene_003_english.m4a",
    captions: "scene_003_english.srt",
    lines: [
      {
        text: "Name them alike, and the folder is a film.",
        cues: ["Name them alike,|and the folder is a film."],
      },
    ],
  },
];
const CHINESE = {
  id: "scene_002_chinese",
  picture: "ink.webp",
  text: "文件夹就是一部影片。",
  lines: ["文件夹就是一部影片。"],
};

mkdirSync(join(target, "images"), { recursive: true });
mkdirSync(join(target, "audio"), { recursive: true });
for (const scene of ENGLISH) {
  const narration = narrate(scene);
  writeSound(
    join(target, "audio", scene.audio),
    { sampleRate: narration.sampleRate, channels: [narration.samples] },
    64_000,
  );
  writeCaptions(join(target, "audio", scene.captions), cuesOf(scene, narration), narration.lines.flat());
  await shrink(scene.picture, scene.id);
}
const spoken = espeak(CHINESE.text);
writeSound(join(target, "audio", `${CHINESE.id}.m4a`), spoken, 64_000);
const seconds = (spoken.channels[0]?.length ?? 0) / spoken.sampleRate;
writeCaptions(
  join(target, "audio", `${CHINESE.id}.srt`),
  [{ start: 0.08, end: seconds, lines: CHINESE.lines }],
  [],
);
await shrink(CHINESE.picture, CHINESE.id);

async function shrink(picture: string, id: string): Promise<void> {
  await sharp(join(pictures, picture))
    .resize({ width: 1280, height: 1280, fit: "inside" })
    .jpeg({ quality: 80, mozjpeg: true })
    .toFile(join(target, "images", `${id}.jpg`));
}

/** Mandarin by eSpeak NG: plainly synthetic, but clear. */
function espeak(text: string): { sampleRate: number; channels: Float32Array[] } {
  const folder = mkdtempSync(join(tmpdir(), "espeak-"));
  try {
    execFileSync("espeak-ng", ["-v", "cmn", "-s", "145", "-p", "42", "-w", join(folder, "speech.wav"), text]);
    const wav = readFileSync(join(folder, "speech.wav"));
    const sampleRate = wav.readUInt32LE(24);
    const bytes = wav.subarray(44);
    const samples = Float32Array.from(
      { length: Math.floor(bytes.length / 2) },
      (_, i) => bytes.readInt16LE(i * 2) / 32768,
    );
    const loud = (value: number): boolean => Math.abs(value) > 0.01;
    const edge = Math.round(sampleRate * 0.08);
    const trimmed = samples.slice(
      Math.max(0, samples.findIndex(loud) - edge),
      Math.min(samples.length, samples.findLastIndex(loud) + edge),
    );
    const voice = filter(filter(trimmed, highPass(90, 0.7, sampleRate)), peak(3_200, 0.8, -3, sampleRate));
    const gain = 0.1 / activeRms(voice, sampleRate);
    const fade = Math.round(sampleRate * 0.02);
    return {
      sampleRate,
      channels: [
        voice.map((value, i) => value * gain * Math.min(1, i / fade, (voice.length - 1 - i) / fade)),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
