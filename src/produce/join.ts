/** Several videos to one, their pictures untouched: read, compare, lay out the sound, copy, check, publish. */
import { rmSync } from "node:fs";
import path from "node:path";
import { buildSoundPlan, withPcmPaths } from "../render/audio/sound-plan.ts";
import { type JoinPlan, joinDifferences, planJoin, samplesAt } from "../render/join-plan.ts";
import type { JoinFacts } from "../render/process/tasks/inspect-join.ts";
import type { VideoFacts } from "../render/process/tasks/probe-video.ts";
import { publishFile, temporaryBeside } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { sha256File } from "../support/hash.ts";
import type { Notice, ProductionEvent } from "./events.ts";
import type { GatheredSound, ReadContext } from "./gather-sound.ts";
import { readVideo, readVideoSound } from "./gather-video.ts";
import { InputMarks } from "./input-marks.ts";
import { openOutputFolder } from "./output-folder.ts";
import { ProductionProblems } from "./problems.ts";

export interface JoinContext extends ReadContext {
  /** AAC bits per second. */
  readonly audioBitrate: number;
  readonly emit: (
    event: Extract<ProductionEvent, { type: "state" | "fetched" | "notice" | "progress" }>,
  ) => void;
}

export interface JoinResult {
  /** Absolute path of the film. */
  readonly film: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly seconds: number;
  readonly sizeBytes: number;
  /** `encoded`: laid out to the sample and encoded once; pictures are always copied as they are. */
  readonly sound: "none" | "encoded";
  readonly pieces: readonly {
    readonly path: string;
    readonly startSeconds: number;
    readonly seconds: number;
    readonly frames: number;
  }[];
  readonly notices: readonly Notice[];
}

export interface OpenedVideo {
  readonly path: string;
  readonly digest: string;
  readonly facts: VideoFacts;
}

/** Half a kilosample of AAC at either side. */
const AAC_FRAME = 1024;
/** Far above full scale: what was recorded is not limited a second time. */
const NO_CEILING_DB = 12;

/** @throws ProductionProblems that names every file that cannot be read */
export async function openVideos(
  paths: readonly string[],
  context: Pick<JoinContext, keyof ReadContext | "emit">,
  marks = new InputMarks(),
): Promise<OpenedVideo[]> {
  const opened: OpenedVideo[] = [];
  const problems: ReelburstError[] = [];
  for (const [index, file] of paths.entries()) {
    try {
      await marks.note(file);
      const digest = await sha256File(file);
      opened.push({ path: file, ...(await readVideo(file, digest, marks, context)) });
    } catch (error) {
      const known = ReelburstError.from(error, "INPUT_UNREADABLE");
      if (known.code === "ABORTED") throw known;
      const { code, message, hint, retryable } = known;
      problems.push(new ReelburstError(code, message, { path: file, hint, retryable, cause: known }));
    }
    context.emit({ type: "fetched", done: index + 1, total: paths.length, name: path.basename(file) });
  }
  if (problems.length > 0) throw new ProductionProblems(problems);
  return opened;
}

/** @throws ReelburstError JOIN_INCOMPATIBLE, PUBLICATION_GATE, and what reading and writing throw */
export async function joinVideos(
  paths: readonly string[],
  output: string,
  context: JoinContext,
): Promise<JoinResult> {
  const marks = new InputMarks();
  const notices: Notice[] = [];
  const tell = (notice: Notice): void => {
    notices.push(notice);
    context.emit({ type: "notice", notice });
  };
  await openOutputFolder(path.dirname(output), [output]);
  context.emit({ type: "state", state: "fetching" });
  const videos = await openVideos(paths, context, marks);
  context.emit({ type: "state", state: "planning" });
  const facts = videos.map((video) => video.facts);
  const differences = joinDifferences(facts);
  if (differences.length > 0) {
    throw new ReelburstError(
      "JOIN_INCOMPATIBLE",
      `The videos cannot be joined as they are: ${differences.join("; ")}.`,
      { hint: "Add --reencode to make them alike." },
    );
  }
  const rates = [...new Set(facts.map(({ rate }) => (rate.num / rate.den).toFixed(2)))];
  if (rates.length > 1) {
    tell({
      code: "JOIN_RATES_DIFFER",
      message: `The videos have ${rates.join(" and ")} frames a second; the film changes its rate on the way.`,
      hint: "Add --reencode for one rate.",
    });
  }
  const plan = planJoin(facts);
  context.emit({ type: "state", state: "assembling" });
  const sound = await mixSounds(videos, plan, marks, context);
  if (sound !== null) {
    tell({
      code: "JOIN_SOUND_ENCODED",
      message:
        "The pictures are copied as they are; the sound was laid out to the sample and encoded once more.",
    });
  }
  const partial = temporaryBeside(output);
  const pieces = videos.map((video, index) => ({
    path: video.path,
    ...(plan.pieces[index] as JoinPlan["pieces"][0]),
  }));
  const { timescale } = plan;
  try {
    await context.runner.run(
      "joinVideos",
      { pieces, timescale, soundPath: sound, outPath: partial },
      {
        signal: context.signal,
        onProgress: ({ done, total }) =>
          context.emit({
            type: "progress",
            framesRendered: done,
            framesTotal: total,
            fps: null,
            etaSeconds: null,
          }),
      },
    );
    for (const video of videos) await marks.requireUnchanged(video.path);
    const joined = await context.runner.run(
      "inspectJoin",
      { path: partial, timescale, pieces, hasSound: sound !== null },
      { signal: context.signal },
    );
    passJoinGate(joined, plan, sound !== null);
    context.emit({ type: "state", state: "publishing" });
    await publishFile(partial, output);
    return {
      film: output,
      width: facts[0]?.width ?? 0,
      height: facts[0]?.height ?? 0,
      frames: joined.frames,
      seconds: plan.totalTicks / timescale,
      sizeBytes: joined.sizeBytes,
      sound: sound === null ? "none" : "encoded",
      pieces: pieces.map((piece) => ({
        path: piece.path,
        startSeconds: piece.startTick / timescale,
        seconds: (piece.lastFrameTick + piece.lastFrameTicks - piece.startTick) / timescale,
        frames: piece.frames,
      })),
      notices,
    };
  } finally {
    rmSync(partial, { force: true });
    if (sound !== null) rmSync(sound, { force: true });
  }
}

/**
 * AAC cannot be cut and joined by packets: each file begins with samples that only prime the decoder, and packets are
 * 21 ms long, so every join would shift the sound or click. It is decoded, placed to the sample and encoded once.
 */
async function mixSounds(
  videos: readonly OpenedVideo[],
  plan: JoinPlan,
  marks: InputMarks,
  context: JoinContext,
): Promise<string | null> {
  const sounds: (GatheredSound | null)[] = [];
  for (const { path: file, digest, facts } of videos)
    sounds.push(await readVideoSound(file, digest, facts, marks, context));
  if (sounds.every((sound) => sound === null)) return null;
  const voices = sounds.flatMap((sound, index) => {
    const piece = plan.pieces[index];
    if (sound === null || piece === undefined) return [];
    const startSample = samplesAt(piece.startTick, plan.timescale);
    const endSample = samplesAt(piece.lastFrameTick + piece.lastFrameTicks, plan.timescale);
    const sampleCount = Math.min(sound.facts.sampleCount, endSample - startSample);
    return sampleCount <= 0 ? [] : [{ pcm: sound.digest, startSample, sampleCount, volume: 1 }];
  });
  const soundPlan = buildSoundPlan({
    totalSamples: plan.totalSamples,
    voices,
    music: null,
    loudness: null,
    truePeakDb: NO_CEILING_DB,
  });
  const paths = new Map(sounds.flatMap((sound) => (sound === null ? [] : [[sound.digest, sound.pcmPath]])));
  const outPath = path.join(context.tempRoot, "joined.m4a");
  await context.runner.run(
    "mixSound",
    { plan: withPcmPaths(soundPlan, (pcm) => paths.get(pcm) ?? pcm), outPath, bitrate: context.audioBitrate },
    { signal: context.signal },
  );
  return outPath;
}

function passJoinGate(joined: JoinFacts, plan: JoinPlan, hasSound: boolean): void {
  const problems: string[] = [];
  const frames = plan.pieces.reduce((sum, piece) => sum + piece.frames, 0);
  const seconds = plan.totalTicks / plan.timescale;
  if (joined.frames !== frames) problems.push(`${joined.frames} frames, planned ${frames}`);
  if (Math.abs(joined.seconds - seconds) > 2 / plan.timescale + 1e-6)
    problems.push(`${joined.seconds.toFixed(4)} s, planned ${seconds.toFixed(4)} s`);
  for (const [index, piece] of joined.pieces.entries()) {
    if (!piece.firstSame) problems.push(`the first frame of video ${index + 1} does not show the same`);
    if (!piece.lastSame) problems.push(`the last frame of video ${index + 1} does not show the same`);
  }
  const samples = joined.soundSamples ?? 0;
  if (hasSound && Math.abs(samples - plan.totalSamples) > AAC_FRAME)
    problems.push(`the sound has ${samples} samples, planned ${plan.totalSamples}`);
  if (problems.length === 0) return;
  throw new ReelburstError("PUBLICATION_GATE", `The film was not published: ${problems.join("; ")}.`, {
    hint: "Join with --reencode.",
  });
}
