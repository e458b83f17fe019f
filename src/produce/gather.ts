/**
 * Fetching: every input is named by its content, checked and decoded once. Whatever is wrong with any
 * scene is found here, all of it at once, before a frame is rendered.
 */
import { open } from "node:fs/promises";
import type { Cue } from "../render/captions/cue.ts";
import type { FaceLibrary } from "../render/captions/fonts/face-library.ts";
import { CAPTION_LIMITS } from "../render/captions/parse/limits.ts";
import { parseCaptions } from "../render/captions/parse/parse-captions.ts";
import type { ImageFacts } from "../render/process/tasks/probe-image.ts";
import type { VideoFacts } from "../render/process/tasks/probe-video.ts";
import type { VideoRange } from "../render/video-time.ts";
import { checkFiles } from "../spec/check-files.ts";
import type { Production, Scene, SubtitleTrack, VideoSource } from "../spec/production.ts";
import { trackPath } from "../spec/track-path.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf, sha256File } from "../support/hash.ts";
import type { Notice } from "./events.ts";
import { GATHER_VERSION, type GatheredSound, type ReadContext, readSound } from "./gather-sound.ts";
import { readVideo, readVideoSound, trimmed } from "./gather-video.ts";
import { InputMarks } from "./input-marks.ts";
import { mapLimit } from "./map-limit.ts";
import { cardOpener } from "./open-card.ts";
import { ProductionProblems } from "./problems.ts";

export interface GatheredVideo {
  readonly facts: VideoFacts;
  readonly range: VideoRange;
  /** The video's own sound, from its first frame on; null when it has none or it is not wanted. */
  readonly sound: GatheredSound | null;
}

export interface GatheredScene {
  readonly scene: Scene;
  /** Place in the production as written, for messages. */
  readonly index: number;
  /** Of the picture's or the video's file. */
  readonly imageDigest: string;
  /** One of the two is there; a card is a picture by now. */
  readonly image: ImageFacts | null;
  readonly video: GatheredVideo | null;
  /** Where a drawn card lies in the cache; null for what is the user's. */
  readonly cardKey: string | null;
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

export interface GatherContext extends ReadContext {
  readonly faces: FaceLibrary;
  /** Place in the production -> why the URL there is still one. */
  readonly unfetched: ReadonlyMap<string, ReelburstError>;
  readonly onFetched: (done: number, total: number, name: string) => void;
  /** The cache does not know a picture yet, so it can hold nothing that was drawn from it. */
  readonly onUnknown?: () => void;
}

/** @throws ProductionProblems for inputs of the whole film (music, watermark), with those of its scenes; ABORTED */
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
    const refused = context.unfetched.get(where);
    if (refused !== undefined) throw refused;
    const issue = unusable.get(where);
    if (issue !== undefined) throw new ReelburstError(issue.code, issue.message, { hint: issue.hint });
  };
  const marks = new InputMarks();
  // Fifty scenes may show parts of one video of gigabytes: it is read through once.
  const digests = new Map<string, Promise<string>>();
  const openPicture = onceByContent(marks, digests, (src, digest) =>
    readPicture(src, digest, marks, context),
  );
  const openSound = onceByContent(marks, digests, (src, digest) => readSound(src, digest, marks, context));
  const openVideo = onceByContent(marks, digests, (src, digest) => readVideo(src, digest, marks, context));
  const openVideoSound = onceByContent(marks, digests, async (src, digest) => {
    const { facts } = await openVideo(src);
    return readVideoSound(src, digest, facts, marks, context);
  });
  const openClip = async (video: VideoSource) => {
    const { digest, facts } = await openVideo(video.src);
    const range = trimmed(video, facts);
    return { digest, facts, range, sound: video.volume === 0 ? null : await openVideoSound(video.src) };
  };
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
    const { image, video, card, audio: narration, subtitles } = scene;
    const cardFont = await opened(`${at}.card.font`, async () => card?.font ?? null);
    const source = image !== null ? `${at}.image.src` : video !== null ? `${at}.video.src` : `${at}.card`;
    const shown = await opened(source, async () => {
      if (image !== null) return { ...(await openPicture(image.src)), file: image.src, cacheKey: null };
      if (video !== null) return { ...(await openClip(video)), file: video.src, cacheKey: null };
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
    if (shown === undefined || audio === undefined || font === undefined) return null;
    if (tracks.length < subtitles.length) return null;
    files[shown.digest] = shown.file;
    const warn = (warnings: readonly Notice[], place: string): void => {
      for (const warning of warnings)
        notices.push({ ...warning, message: `${scene.id}: ${warning.message}`, path: warning.path ?? place });
    };
    const clip = "range" in shown ? shown : null;
    warn(shown.facts.warnings, source);
    // A silent clip is nothing to be told of, a silent narration is.
    warn(
      (clip?.sound?.facts.warnings ?? []).filter(({ code }) => code !== "AUDIO_SILENT"),
      source,
    );
    warn(audio?.facts.warnings ?? [], `${at}.audio.src`);
    return {
      scene,
      index,
      imageDigest: shown.digest,
      cardKey: shown.cacheKey,
      image: "range" in shown ? null : shown.facts,
      video: clip,
      audio,
      tracks,
    };
  });
  const ofFilm: ReelburstError[] = [];
  const collect = (error: unknown): null => {
    if (!(error instanceof ReelburstError) || error.code === "ABORTED") throw error;
    ofFilm.push(error);
    return null;
  };
  const soundtrack = await openForAll("soundtrack.src", production.soundtrack, requireFile, openSound).catch(
    collect,
  );
  const watermark = await openForAll("watermark.src", production.watermark, requireFile, openPicture).catch(
    collect,
  );
  if (ofFilm.length > 0) {
    const ofScenes = production.scenes.flatMap(({ id }) => failures.get(id) ?? []);
    throw new ProductionProblems([...ofScenes, ...ofFilm]);
  }
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
    const { code, message, path: file, hint, retryable } = ReelburstError.from(error, "INPUT_UNREADABLE");
    throw new ReelburstError(code, message, {
      path: file === undefined ? where : `${where} (${file})`,
      hint,
      retryable,
      cause: error,
    });
  }
}

/**
 * Scenes may share a file, under one name or several. They are opened side by side, so the first to come does the work
 * and the others wait for it: two that decode into the same cache entry would take each other's file away. A failure
 * names its file, so under another name it is met anew.
 */
function onceByContent<Opened>(
  marks: InputMarks,
  digests: Map<string, Promise<string>>,
  open: (src: string, digest: string) => Promise<Opened>,
): (src: string) => Promise<Opened> {
  const opened = new Map<string, { readonly src: string; readonly result: Promise<Opened> }>();
  return async (src) => {
    await marks.note(src);
    const hashing = digests.get(src) ?? sha256File(src);
    digests.set(src, hashing);
    const digest = await hashing;
    const earlier = opened.get(digest);
    const result =
      earlier === undefined
        ? open(src, digest)
        : earlier.src === src
          ? earlier.result
          : earlier.result.catch(() => open(src, digest));
    opened.set(digest, { src, result });
    return result;
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
  context.onUnknown?.();
  const facts = await context.runner.run("probeImage", { path: src }, { signal: context.signal });
  await marks.requireUnchanged(src);
  await context.cache.putMeta(key, { facts });
  return { digest, facts };
}

async function readCues(
  scene: Scene,
  track: SubtitleTrack,
  where: string,
  notices: Notice[],
): Promise<readonly Cue[]> {
  const parsed = parseCaptions(await readAtMost(track.src, CAPTION_LIMITS.fileBytes + 1));
  for (const issue of parsed.issues)
    notices.push({ code: issue.code, message: `${scene.id}: ${issue.message}`, path: where });
  return parsed.cues;
}

/** The file's beginning: one of gigabytes is refused for its size, and must not be in memory before that. */
async function readAtMost(file: string, mostBytes: number): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.allocUnsafe(Math.min(mostBytes, (await handle.stat()).size));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}
