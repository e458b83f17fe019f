/**
 * Fetching: every input is named by its content, checked and decoded once. Whatever is wrong with any
 * scene is found here, all of it at once, before a frame is rendered.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { DecodedAudio } from "../render/audio/sound-plan.ts";
import type { Cue } from "../render/captions/cue.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import { parseCaptions } from "../render/captions/parse/parse-captions.ts";
import { MAX_AUDIO_SECONDS } from "../render/process/limits.ts";
import type { TaskRunner } from "../render/process/render-pool.ts";
import type { ImageFacts } from "../render/process/tasks/probe-image.ts";
import { checkFiles } from "../spec/check-files.ts";
import type { Production, Scene, SubtitleTrack } from "../spec/production.ts";
import { trackPath } from "../spec/track-path.ts";
import type { ChunkCache } from "../storage/chunk-cache.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf, sha256File } from "../support/hash.ts";
import type { Notice } from "./events.ts";
import { InputMarks } from "./input-marks.ts";
import { mapLimit } from "./map-limit.ts";
import { cardOpener } from "./open-card.ts";

/** Raise when decoding changes, so that old results are not used again. */
const GATHER_VERSION = 1;

export interface GatheredSound {
  readonly digest: string;
  /** Raw 48 kHz stereo float PCM in the cache. */
  readonly pcmPath: string;
  readonly facts: DecodedAudio;
}

export interface GatheredScene {
  readonly scene: Scene;
  /** Place in the production as written, for messages. */
  readonly index: number;
  readonly imageDigest: string;
  /** Where a drawn card lies in the cache; null for a picture of the user's. */
  readonly cardKey: string | null;
  readonly image: ImageFacts;
  readonly audio: GatheredSound | null;
  /** Cues of each of the scene's tracks. */
  readonly tracks: readonly (readonly Cue[])[];
}

export interface Gathered {
  readonly scenes: readonly GatheredScene[];
  readonly soundtrack: GatheredSound | null;
  readonly watermarkDigest: string | null;
  /** Digest -> path of every picture. */
  readonly files: Readonly<Record<string, string>>;
  readonly marks: InputMarks;
  readonly notices: readonly Notice[];
  /** What makes a scene impossible, by scene id, in the production's order. */
  readonly failures: ReadonlyMap<string, readonly ReelburstError[]>;
}

export interface GatherContext {
  readonly runner: TaskRunner;
  readonly cache: ChunkCache;
  readonly faces: FaceLibrary;
  readonly tempRoot: string;
  readonly signal: AbortSignal;
  readonly onFetched: (done: number, total: number, name: string) => void;
}

/** @throws ReelburstError only for inputs of the whole film (music, watermark) and on abort */
export async function gather(production: Production, context: GatherContext): Promise<Gathered> {
  const notices: Notice[] = [];
  const failures = new Map<string, ReelburstError[]>();
  const files: Record<string, string> = {};
  const fail = (scene: Scene, error: unknown, where: string): void => {
    const known = ReelburstError.from(error, "INPUT_UNREADABLE");
    if (known.code === "ABORTED") throw known;
    const placed = new ReelburstError(known.code, `${scene.id}: ${known.message}`, {
      path: placeOf(where, known.path),
      hint: known.hint,
      retryable: known.retryable,
      cause: known,
    });
    failures.set(scene.id, [...(failures.get(scene.id) ?? []), placed]);
  };
  // Before any is opened: a pipe or a device would never end.
  const unusable = new Map((await checkFiles(production)).map((issue) => [issue.path, issue]));
  const requireFile = (where: string): void => {
    const issue = unusable.get(where);
    if (issue !== undefined) throw new ReelburstError(issue.code, issue.message, { hint: issue.hint });
  };
  const marks = new InputMarks();
  const openPicture = onceByContent(marks, (src, digest) => readPicture(src, digest, marks, context));
  const openSound = onceByContent(marks, (src, digest) => readSound(src, digest, marks, context));
  const openCard = cardOpener(context);
  let done = 0;
  const total = production.scenes.length;
  const scenes = await mapLimit(production.scenes, context.runner.slots * 2, async (scene, index) => {
    const at = `scenes[${index}]`;
    const opened = async <Input>(where: string, open: () => Promise<Input>): Promise<Input | undefined> => {
      try {
        requireFile(where);
        return await open();
      } catch (error) {
        fail(scene, error, where);
        return undefined;
      }
    };
    const { audio: narration, subtitles } = scene;
    const { image, card } = scene;
    const cardFont = await opened(`${at}.card.font`, async () => card?.font ?? null);
    const source = card === null ? `${at}.image.src` : `${at}.card`;
    const picture = await opened(source, async () => {
      if (image !== null) return { ...(await openPicture(image.src)), file: image.src, cacheKey: null };
      if (card === null) throw new ReelburstError("REQUIRED", "The scene shows nothing.");
      return cardFont === undefined ? undefined : openCard(card, scene, production.output, source);
    });
    const audio = narration === null ? null : await opened(`${at}.audio.src`, () => openSound(narration.src));
    const tracks: (readonly Cue[])[] = [];
    for (const [place, track] of subtitles.entries()) {
      const where = trackPath(scene, index, place);
      const cues = await opened(`${where}.src`, () => readCues(scene, track, `${where}.src`, notices));
      const font = await opened(`${where}.captions.font`, async () => track.captions.font);
      if (cues !== undefined && font !== undefined) tracks.push(cues);
    }
    const font = await opened(`${at}.captions.font`, async () => scene.captions.font);
    done += 1;
    context.onFetched(done, total, scene.id);
    if (picture === undefined || audio === undefined || font === undefined) return null;
    if (tracks.length < subtitles.length) return null;
    files[picture.digest] = picture.file;
    for (const warning of picture.facts.warnings)
      notices.push({ ...warning, message: `${scene.id}: ${warning.message}`, path: warning.path ?? source });
    for (const warning of audio?.facts.warnings ?? [])
      notices.push({ ...warning, message: `${scene.id}: ${warning.message}`, path: `${at}.audio.src` });
    return {
      scene,
      index,
      imageDigest: picture.digest,
      cardKey: picture.cacheKey,
      image: picture.facts,
      audio,
      tracks,
    };
  });
  const soundtrack = await openForAll("soundtrack.src", production.soundtrack, requireFile, openSound);
  const watermark = await openForAll("watermark.src", production.watermark, requireFile, openPicture);
  if (watermark !== null && production.watermark !== null) files[watermark.digest] = production.watermark.src;
  for (const warning of soundtrack?.facts.warnings ?? [])
    notices.push({ ...warning, path: "soundtrack.src" });
  return {
    scenes: scenes.filter((scene) => scene !== null),
    soundtrack,
    watermarkDigest: watermark?.digest ?? null,
    files,
    marks,
    notices,
    failures: new Map(
      production.scenes.flatMap(({ id }) =>
        failures.has(id) ? [[id, failures.get(id) ?? []] as const] : [],
      ),
    ),
  };
}

/** A part of what was opened is a place of its own; a file stands beside the place that names it. */
function placeOf(where: string, path: string | undefined): string {
  if (path === undefined) return where;
  return path.startsWith(`${where}.`) ? path : `${where} (${path})`;
}

/** Opens a file of the whole film. @throws ReelburstError that names its place in the production */
async function openForAll<Opened>(
  where: string,
  source: { readonly src: string } | null,
  requireFile: (where: string) => void,
  open: (src: string) => Promise<Opened>,
): Promise<Opened | null> {
  if (source === null) return null;
  try {
    requireFile(where);
    return await open(source.src);
  } catch (error) {
    const { code, message, path: file, hint } = ReelburstError.from(error, "INPUT_UNREADABLE");
    throw new ReelburstError(code, message, {
      path: file === undefined ? where : `${where} (${file})`,
      hint,
      cause: error,
    });
  }
}

/**
 * Scenes may share a file, under one name or several. They are opened side by side, so the first to come does the work
 * and the others wait for it: two that decode into the same cache entry would take each other's file away.
 */
function onceByContent<Opened>(
  marks: InputMarks,
  open: (src: string, digest: string) => Promise<Opened>,
): (src: string) => Promise<Opened> {
  const opened = new Map<string, Promise<Opened>>();
  return async (src) => {
    await marks.note(src);
    const digest = await sha256File(src);
    const known = opened.get(digest) ?? open(src, digest);
    opened.set(digest, known);
    return known;
  };
}

async function readPicture(
  src: string,
  digest: string,
  marks: InputMarks,
  context: GatherContext,
): Promise<{ digest: string; facts: ImageFacts }> {
  const key = `facts-${digestOf({ of: "picture", version: GATHER_VERSION, digest })}`;
  const known = await context.cache.get(key);
  if (known !== null) return { digest, facts: known.meta["facts"] as ImageFacts };
  const facts = await context.runner.run("probeImage", { path: src }, { signal: context.signal });
  await marks.requireUnchanged(src);
  await context.cache.putMeta(key, { facts });
  return { digest, facts };
}

/** Name of a sound's decoded PCM in the cache. */
export function pcmKey(digest: string): string {
  return `pcm-${digestOf({ version: GATHER_VERSION, digest })}`;
}

async function readSound(
  src: string,
  digest: string,
  marks: InputMarks,
  context: GatherContext,
): Promise<GatheredSound> {
  const key = pcmKey(digest);
  const known = await context.cache.get(key);
  if (known !== null) return { digest, pcmPath: known.path, facts: known.meta["facts"] as DecodedAudio };
  const outPath = path.join(context.tempRoot, `${key}.pcm`);
  const facts = await context.runner.run(
    "decodeAudio",
    {
      path: src,
      outPath,
      limits: { maxDurationSeconds: MAX_AUDIO_SECONDS, maxOutputBytes: MAX_AUDIO_SECONDS * 48_000 * 8 },
    },
    { signal: context.signal },
  );
  await marks.requireUnchanged(src);
  const entry = await context.cache.put(key, outPath, { facts });
  return { digest, pcmPath: entry.path, facts };
}

async function readCues(
  scene: Scene,
  track: SubtitleTrack,
  where: string,
  notices: Notice[],
): Promise<readonly Cue[]> {
  const parsed = parseCaptions(await readFile(track.src));
  for (const issue of parsed.issues)
    notices.push({ code: issue.code, message: `${scene.id}: ${issue.message}`, path: where });
  return parsed.cues;
}
