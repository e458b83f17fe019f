/** A script's voices and pictures, as files beside it. */
import path from "node:path";
import { writeFileAtomic } from "../support/atomic-file.ts";
import type { Aspect } from "./brief.ts";
import type { Fallback } from "./fallback/fallback.ts";
import { NARRATOR } from "./make-script.ts";
import type { Picture, PictureRequest } from "./models/image.ts";
import type { Speech, SpeechRequest } from "./models/speech.ts";
import type { CardInput, Script, Segment } from "./script.ts";

export interface SegmentVoice {
  /** Relative to the film's folder. */
  readonly audio: string;
  readonly captions: string;
  readonly seconds: number;
  readonly timing: Speech["timing"];
}

export type SegmentPicture = { readonly file: string } | { readonly card: CardInput };

export interface PartsContext {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onDone: () => void;
}

/** Segments at a time: providers are mostly waited for, and the offline voice has a thread of its own. */
const AT_A_TIME = 3;

export const FRAMES: Readonly<Record<Aspect, { readonly width: number; readonly height: number }>> = {
  "16:9": { width: 1920, height: 1080 },
  "9:16": { width: 1080, height: 1920 },
  "1:1": { width: 1080, height: 1080 },
  "4:5": { width: 1080, height: 1350 },
};

export function speechRequests(script: Script): SpeechRequest[] {
  const speakers = [...new Set(script.segments.map(speakerOf))];
  return script.segments.map((segment) => ({
    text: segment.narration,
    language: script.language,
    voice: script.voices[speakerOf(segment)] ?? null,
    speaker: speakers.indexOf(speakerOf(segment)),
    tone: segment.tone,
  }));
}

export function pictureRequests(script: Script): PictureRequest[] {
  const { width, height } = FRAMES[script.aspect];
  return script.segments.map(({ id, picture, card, narration }) => ({
    prompt: [script.pictureStyle, picture ?? narration].filter((part) => part !== "").join(". "),
    width,
    height,
    segmentId: id,
    card,
  }));
}

export async function makeVoices(
  script: Script,
  providers: Fallback<SpeechRequest, Speech>,
  { folder, signal, onDone }: PartsContext,
): Promise<SegmentVoice[]> {
  return inTurn(speechRequests(script), async (request, index) => {
    const { id } = script.segments[index] as Segment;
    const { answer } = await providers.ask(request, id, signal);
    const audio = `audio/${id}.${answer.format}`;
    const captions = `captions/${id}.json`;
    await writeFileAtomic(path.join(folder, audio), answer.bytes);
    const words = answer.words.map(({ text, start, end }) => ({
      start: rounded(start),
      end: rounded(end),
      text,
    }));
    await writeFileAtomic(path.join(folder, captions), `${JSON.stringify({ words })}\n`);
    onDone();
    return { audio, captions, seconds: answer.words.at(-1)?.end ?? 0, timing: answer.timing };
  });
}

export async function makePictures(
  script: Script,
  providers: Fallback<PictureRequest, Picture>,
  { folder, signal, onDone }: PartsContext,
): Promise<SegmentPicture[]> {
  return inTurn(pictureRequests(script), async (request, index) => {
    const { id } = script.segments[index] as Segment;
    const { answer } = await providers.ask(request, id, signal);
    onDone();
    if (answer.kind === "card") return { card: answer.card };
    const file = `pictures/${id}.${answer.format}`;
    await writeFileAtomic(path.join(folder, file), answer.bytes);
    return { file };
  });
}

function speakerOf({ speaker }: Segment): string {
  return speaker ?? NARRATOR;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Some at a time, results in order; after a failure nothing further is begun, and what runs is waited for. */
async function inTurn<In, Out>(
  items: readonly In[],
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  let failed = false;
  const run = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as In, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, run));
  const broken = ended.find((one) => one.status === "rejected");
  if (broken !== undefined) throw broken.reason;
  return results;
}
