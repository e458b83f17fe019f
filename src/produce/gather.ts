/**
 * Fetching: every input is named by its content, checked and decoded once. Whatever is wrong with any
 * scene is found here, all of it at once, before a frame is rendered.
 */
import { open } from "node:fs/promises";
import type { Cue } from "../render/captions/cue.ts";
import { CAPTION_LIMITS } from "../render/captions/parse/limits.ts";
import { parseCaptions } from "../render/captions/parse/parse-captions.ts";
import type { ImageFacts } from "../render/process/tasks/probe-image.ts";
import type { VideoFacts } from "../render/process/tasks/probe-video.ts";
import type { VideoRange } from "../render/video-time.ts";
import { checkFiles } from "../spec/check-files.ts";
import type { Production, Scene } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf, sha256File } from "../support/hash.ts";
import type { Notice } from "./events.ts";
import { GATHER_VERSION, type GatheredSound, type ReadContext, readSound } from "./gather-sound.ts";
import { readVideo, readVideoSound, trimmed } from "./gather-video.ts";
import { InputMarks } from "./input-marks.ts";
import { mapLimit } from "./map-limit.ts";
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
  /** One of the two is there. */
  readonly image: ImageFacts | null;
  readonly video: GatheredVideo | null;
  readonly audio: GatheredSound | null;
  readonly cues: readonly Cue[];
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
      path: known.path === undefined ? where : `${where} (${known.path})`,
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
  const openVideo = onceByContent(marks, (src, digest) => readVideo(src, digest, marks, context));
  const openVideoSound = onceByContent(marks, async (src, digest) => {
    const { facts } = await openVideo(src);
    return readVideoSound(src, digest, facts, marks, context);
  });
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
    const { image, video, audio: narration, subtitles } = scene;
    const picture = image === null ? null : await opened(`${at}.image.src`, () => openPicture(image.src));
    const clip =
      video === null
        ? null
        : await opened(`${at}.video.src`, async () => {
            const { digest, facts } = await openVideo(video.src);
            const range = trimmed(video, facts);
            return {
              digest,
              facts,
              range,
              sound: video.volume === 0 ? null : await openVideoSound(video.src),
            };
          });
    const audio = narration === null ? null : await opened(`${at}.audio.src`, () => openSound(narration.src));
    const cues =
      subtitles === null
        ? []
        : await opened(`${at}.subtitles.src`, () => readCues(scene, `${at}.subtitles.src`, notices));
    const font = await opened(`${at}.captions.font`, async () => scene.captions.font);
    done += 1;
    context.onFetched(done, total, scene.id);
    if (audio === undefined || cues === undefined || font === undefined) return null;
    const source = image ?? video;
    const shown = picture ?? clip;
    if (source === null || shown === null || shown === undefined) return null;
    files[shown.digest] = source.src;
    const warn = (warnings: readonly Notice[], place: string): void => {
      for (const warning of warnings)
        notices.push({ ...warning, message: `${scene.id}: ${warning.message}`, path: `${at}.${place}.src` });
    };
    warn(shown.facts.warnings, image === null ? "video" : "image");
    // A silent clip is nothing to be told of, a silent narration is.
    warn(
      (clip?.sound?.facts.warnings ?? []).filter(({ code }) => code !== "AUDIO_SILENT"),
      "video",
    );
    warn(audio?.facts.warnings ?? [], "audio");
    const imageFacts = picture?.facts ?? null;
    return { scene, index, imageDigest: shown.digest, image: imageFacts, video: clip ?? null, audio, cues };
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
  open: (src: string, digest: string) => Promise<Opened>,
): (src: string) => Promise<Opened> {
  const opened = new Map<string, { readonly src: string; readonly result: Promise<Opened> }>();
  return async (src) => {
    await marks.note(src);
    const digest = await sha256File(src);
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

async function readCues(scene: Scene, where: string, notices: Notice[]): Promise<readonly Cue[]> {
  const src = scene.subtitles?.src ?? "";
  const parsed = parseCaptions(await readAtMost(src, CAPTION_LIMITS.fileBytes + 1));
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
