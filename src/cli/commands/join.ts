import { realpath } from "node:fs/promises";
import path from "node:path";
import type { JoinResult, VideoFacts } from "../../app.ts";
import type { ProductionEvent } from "../../produce/events.ts";
import { ProductionProblems } from "../../produce/problems.ts";
import { checkReferences } from "../../spec/check-files.ts";
import { nearestFrameRate } from "../../spec/frame-rate.ts";
import { parseProduction } from "../../spec/parse.ts";
import { ReelburstError } from "../../support/errors.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { CommandFailure, invalidInput, STOPPED_CODES, usageError } from "../failure.ts";
import type { RenderFlags } from "../options.ts";
import { resolveOutput } from "../output-path.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import { failureLines } from "../present/problems.ts";
import { presentRender } from "../present-render.ts";
import type { Session } from "../session.ts";
import { exitCodeOfSignal } from "../signals.ts";
import { countOf, formatBytes, formatClock } from "../text/formats.ts";
import { printable } from "../text/printable.ts";

export type JoinFlags = Pick<RenderFlags, "cache" | "slots" | "quality"> & {
  readonly output: string;
  readonly reencode?: boolean;
};

/** Videos behind each other: copied as they are, or with `--reencode` rendered as scenes. */
export async function joinCommand(
  session: Session,
  sources: readonly string[],
  flags: JoinFlags,
): Promise<number> {
  const { context, stop } = session;
  const videos = sources.map((source) => path.resolve(context.cwd, source));
  if (videos.length < 2) throw usageError("join needs at least two videos.");
  if (flags.reencode !== true && (flags.quality !== undefined || flags.slots !== undefined))
    throw usageError("--quality and --slots are for --reencode; without it no picture is encoded.");
  const issues = await checkReferences(
    videos.map((absolutePath, index) => ({ path: sources[index] ?? "", what: "video", absolutePath })),
    context.cwd,
    { signal: stop.signal },
  );
  if (issues.length > 0) throw invalidInput("The list of videos", issues);
  const output = await resolveOutput({
    output: flags.output,
    cwd: context.cwd,
    name: "joined",
    deliver: "film",
    variant: [],
  });
  await refuseOverwriting(output, videos);
  if (flags.reencode === true) return reencode(session, videos, output, flags);
  const app = await session.openApp();
  const emit = (event: ProductionEvent): void => present(session, event, videos.length);
  try {
    const result = await app.join({ videos, output, useCache: flags.cache }, { signal: stop.signal, emit });
    if (session.json) {
      writeJsonLine(context.stdout, { type: "succeeded", result, at: now(session) });
    } else {
      session.say([summary(result)]);
      session.print([context.stdout.isTTY === true ? printable(result.film) : result.film]);
    }
    return EXIT_CODES.success.code;
  } catch (thrown) {
    return reportFailure(session, asFailure(thrown));
  }
}

/** One film of scenes, of the first video's size and rate. */
async function reencode(
  session: Session,
  videos: readonly string[],
  output: string,
  flags: JoinFlags,
): Promise<number> {
  const { context, stop } = session;
  const app = await session.openApp();
  let facts: readonly VideoFacts[];
  try {
    const emit = (event: ProductionEvent): void => present(session, event, videos.length);
    facts = await app.examineVideos({ videos, useCache: flags.cache }, { signal: stop.signal, emit });
  } catch (thrown) {
    return reportFailure(session, asFailure(thrown));
  }
  const [first] = facts as readonly [VideoFacts, ...VideoFacts[]];
  const { production, issues } = parseProduction(
    {
      version: 1,
      output: {
        width: sideOf(first.width),
        height: sideOf(first.height),
        fps: nearestFrameRate(first.rate),
        loudness: null,
      },
      scenes: videos.map((video) => ({ video: { src: video, fit: "contain" }, transition: "none" })),
    },
    { baseDirectory: context.cwd },
  );
  if (production === null) throw invalidInput("The list of videos", issues);
  const { exitCode } = await presentRender(session, {
    production,
    warnings: issues,
    source: videos[0] ?? "",
    name: path.basename(output, path.extname(output)),
    output,
    flags,
    detail: "full",
  });
  return exitCode;
}

function sideOf(pixels: number): number {
  return Math.min(7680, Math.max(64, pixels - (pixels % 2)));
}

/** @throws ReelburstError OUTPUT_CONFLICT */
async function refuseOverwriting(output: string, videos: readonly string[]): Promise<void> {
  const target = await realpath(output).catch(() => output);
  for (const video of videos) {
    if ((await realpath(video).catch(() => video)) !== target) continue;
    throw new ReelburstError(
      "OUTPUT_CONFLICT",
      `The film would be written over ${printable(video)}, which is one of its videos.`,
      { hint: "Choose another --output." },
    );
  }
}

function present(session: Session, event: ProductionEvent, count: number): void {
  if (session.json) {
    writeJsonLine(session.context.stdout, { ...event, at: now(session) });
  } else if (event.type === "fetched") {
    session.say([`read ${event.done} of ${event.total}: ${printable(event.name)}`]);
  } else if (event.type === "notice") {
    session.say([printable(`${event.notice.message} (${event.notice.code})`)]);
  } else if (event.type === "state" && event.state === "assembling") {
    session.say([`joining ${countOf(count, "video")}`]);
  }
}

function summary({ seconds, frames, width, height, sizeBytes }: JoinResult): string {
  return `${formatClock(seconds)}, ${countOf(frames, "frame")}, ${width}x${height}, ${formatBytes(sizeBytes)}`;
}

function asFailure(thrown: unknown): CommandFailure {
  if (!(thrown instanceof ProductionProblems)) return CommandFailure.from(thrown);
  const problems = thrown.problems.map((problem) => problem.toJSON());
  return new CommandFailure(thrown.toJSON(), problems, undefined, thrown);
}

function reportFailure(session: Session, failure: CommandFailure): number {
  const { context, stop } = session;
  const signal = stop.received();
  const { error, problems } = failure;
  if (session.json) writeJsonLine(context.stdout, { type: "failed", error, problems, at: now(session) });
  else if (signal === null || !STOPPED_CODES.has(error.code))
    session.say(failureLines(failure, session.style.stderr, textWidth(context.stderr)));
  session.explain(failure);
  return signal === null ? failure.exitCode : exitCodeOfSignal(signal);
}

function now(session: Session): string {
  return new Date(session.context.now()).toISOString();
}
