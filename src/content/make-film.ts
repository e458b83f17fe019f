/**
 * Brief -> a folder with script, voices, pictures and the production that renders them. Stops before a stage that costs
 * money when a review is wanted.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../support/atomic-file.ts";
import { ReelburstError } from "../support/errors.ts";
import { digestOf } from "../support/hash.ts";
import type { Brief, MakeEvent, MakeNotice, MakeReport } from "./brief.ts";
import type { Attempt } from "./fallback/attempt.ts";
import type { Budget } from "./fallback/budget.ts";
import type { Fallback } from "./fallback/fallback.ts";
import {
  makePictures,
  makeVoices,
  type PartsContext,
  pictureRequests,
  type SegmentPicture,
  type SegmentVoice,
  speechRequests,
} from "./make-parts.ts";
import { makeScript } from "./make-script.ts";
import type { Picture, PictureRequest } from "./models/image.ts";
import type { StageName } from "./models/provider.ts";
import type { Speech, SpeechRequest } from "./models/speech.ts";
import { LENGTHS, type ScriptRequest } from "./models/text.ts";
import type { Script, ScriptDraft } from "./script.ts";
import { scriptText } from "./script-file.ts";
import { productionOf, productionText } from "./write-production.ts";

export interface Stages {
  readonly script: Fallback<ScriptRequest, ScriptDraft>;
  readonly speech: Fallback<SpeechRequest, Speech>;
  readonly pictures: Fallback<PictureRequest, Picture>;
  /** All attempts so far; the stages add to it. */
  readonly attempts: readonly Attempt[];
  readonly budget: Budget;
}

export interface MakeContext {
  readonly stages: Stages;
  /** Absolute: where script, voices, pictures and production go. */
  readonly folder: string;
  /** How the user would name that folder in a command. */
  readonly shownFolder: string;
  /** Stop before money is spent on voices or pictures. */
  readonly review: boolean;
  /** Draws a sheet of all segments; resolves with its path. */
  readonly drawStoryboard: (sheet: StoryboardInput) => Promise<string>;
  readonly emit: (event: MakeEvent) => void;
  readonly signal: AbortSignal;
}

export interface StoryboardInput {
  readonly script: Script;
  /** Null where none is made yet. */
  readonly pictures: readonly (SegmentPicture | null)[];
  /** Null before there are voices. */
  readonly seconds: readonly (number | null)[];
}

export interface Made {
  readonly script: string;
  /** Null when the review ends before voices and pictures. */
  readonly production: string | null;
  readonly storyboard: string | null;
  readonly report: MakeReport;
}

/** @throws ReelburstError CONTENT_REFUSED, PROVIDERS_FAILED, SCRIPT_EDITED, ABORTED */
export async function makeFromBrief(brief: Brief, context: MakeContext): Promise<Made> {
  const file = path.join(context.folder, "script.yaml");
  await refuseEdited(file, context);
  context.emit({ type: "stage", stage: "script", done: 0, total: 1 });
  const script = await makeScript(brief, context.stages.script, context.signal);
  const text = scriptText(script, path.posix.join(context.shownFolder, "script.yaml"));
  await writeFileAtomic(file, text);
  await writeFileAtomic(path.join(context.folder, WRITTEN), `${digestOf(text)}\n`);
  context.emit({ type: "stage", stage: "script", done: 1, total: 1 });
  return finish(script, file, context);
}

/** Goes on from a script that the user has looked at. */
export async function makeFromScript(script: Script, file: string, context: MakeContext): Promise<Made> {
  return finish(script, file, context);
}

/** Remembers what a script was when it was written, so that a user's changes to it are not lost. */
const WRITTEN = ".script.sha256";

async function refuseEdited(file: string, { folder, shownFolder }: MakeContext): Promise<void> {
  const [text, written] = await Promise.all(
    [file, path.join(folder, WRITTEN)].map((one) => readFile(one, "utf8").catch(() => null)),
  );
  if (text == null || digestOf(text) === written?.trim()) return;
  const shown = path.posix.join(shownFolder, "script.yaml");
  throw new ReelburstError("SCRIPT_EDITED", `${shown} was changed by hand and would be replaced.`, {
    path: shown,
    hint: `Go on from it with "npx reelburst make ${shown}", or choose another --output.`,
  });
}

async function finish(script: Script, file: string, context: MakeContext): Promise<Made> {
  const { stages, folder, review, emit, signal } = context;
  const notices: MakeNotice[] = [];
  const tell = (notice: MakeNotice): void => {
    notices.push(notice);
    emit({ type: "makeNotice", notice });
  };
  const total = script.segments.length;
  const parts = (stage: StageName): PartsContext => {
    let done = 0;
    emit({ type: "stage", stage, done, total });
    return { folder, signal, onDone: () => emit({ type: "stage", stage, done: ++done, total }) };
  };
  const free =
    speechRequests(script).every((request) => stages.speech.isFree(request)) &&
    pictureRequests(script).every((request) => stages.pictures.isFree(request));
  let voices: SegmentVoice[] | null = null;
  let pictures: SegmentPicture[] | null = null;
  let production: string | null = null;
  if (!review || free) {
    voices = await makeVoices(script, stages.speech, parts("speech"));
    pictures = await makePictures(script, stages.pictures, parts("pictures"));
    production = path.join(folder, "production.yaml");
    const shown = path.posix.join(context.shownFolder, "production.yaml");
    const text = productionText(productionOf(script, voices, pictures), `npx reelburst render ${shown}`);
    await writeFileAtomic(production, text);
    tellLength(script, voices, tell);
  }
  tellFallbacks(stages.attempts, tell);
  const storyboard = review
    ? await context.drawStoryboard({
        script,
        pictures: script.segments.map(
          ({ card }, index) => pictures?.[index] ?? (card === null ? null : { card }),
        ),
        seconds: script.segments.map((_, index) => voices?.[index]?.seconds ?? null),
      })
    : null;
  const report = reportOf(script, voices, stages, notices);
  await writeFileAtomic(path.join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  return { script: file, production, storyboard, report };
}

function tellLength(
  script: Script,
  voices: readonly SegmentVoice[],
  tell: (notice: MakeNotice) => void,
): void {
  if (script.length === "full") return;
  const seconds = voices.reduce((sum, voice) => sum + voice.seconds, 0);
  const [least, most] = LENGTHS[script.length].seconds;
  // Silence around the segments is the film's and not counted.
  if (seconds <= most && seconds >= least * 0.8) return;
  tell({
    code: "LENGTH_MISSED",
    message: `The voice takes ${seconds.toFixed(0)} s; "${script.length}" is ${least} to ${most} s.`,
  });
}

/** Nothing is replaced in silence: who was asked in vain is said once for each stage and provider. */
function tellFallbacks(attempts: readonly Attempt[], tell: (notice: MakeNotice) => void): void {
  const seen = new Set<string>();
  for (const { stage, provider, outcome, message } of attempts) {
    if (outcome === "succeeded" || outcome === "cached" || seen.has(`${stage} ${provider}`)) continue;
    seen.add(`${stage} ${provider}`);
    const others = [
      ...new Set(attempts.filter((one) => one.stage === stage && gave(one)).map((one) => one.provider)),
    ];
    if (outcome === "lost")
      tell({
        code: "PAID_CALL_LOST",
        message: `${provider} may have been paid for nothing: ${message ?? "a run was killed"}.`,
      });
    else
      tell({
        code: "PROVIDER_FELL_BACK",
        message: `${stage}: ${provider} failed (${outcome}${message === null ? "" : `: ${message.replace(/\.$/, "")}`}); answers are by ${others.join(", ")}.`,
      });
  }
}

function gave({ outcome }: Attempt): boolean {
  return outcome === "succeeded" || outcome === "cached";
}

function reportOf(
  script: Script,
  voices: readonly SegmentVoice[] | null,
  { attempts, budget }: Stages,
  notices: readonly MakeNotice[],
): MakeReport {
  const by = (stage: StageName): string[] => [
    ...new Set(
      attempts
        .filter((one) => one.stage === stage && gave(one))
        .map(({ provider, model }) => `${provider}:${model}`),
    ),
  ];
  return {
    title: script.title,
    language: script.language,
    segments: script.segments.length,
    seconds: voices === null ? null : voices.reduce((sum, { seconds }) => sum + seconds, 0),
    providers: { script: by("script"), speech: by("speech"), pictures: by("pictures") },
    attempts,
    costMicros: budget.spentMicros,
    unpricedCalls: attempts.filter(({ costMicros }) => costMicros === null).length,
    timing: [...new Set(voices?.map(({ timing }) => timing) ?? [])],
    source: script.source,
    notices,
  };
}
