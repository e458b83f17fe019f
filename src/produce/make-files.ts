/** Assembling and publishing: every file of a production and what goes with a film. */
import { constants } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import path from "node:path";
import { sampleChunks } from "../render/assemble/sample.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { FilmFacts } from "../render/process/tasks/inspect-film.ts";
import type { CacheEntry } from "../storage/chunk-cache.ts";
import { publishFile, temporaryBeside, writeFileAtomic } from "../support/atomic-file.ts";
import { writeError } from "../support/file-errors.ts";
import { digestOf } from "../support/hash.ts";
import type { ProduceContext } from "./context.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import type { ProductionResult, ProductionState } from "./events.ts";
import {
  type Companions,
  type MakeFileContext,
  type MixedFile,
  makeFile,
  mixCut,
  type PartialFile,
} from "./make-file.ts";
import { openOutputFolder } from "./output-folder.ts";
import type { OutputPaths } from "./output-paths.ts";
import type { CutPlan } from "./plan-film.ts";
import type { Prepared } from "./prepare.ts";
import { sidecarsOf } from "./sidecars.ts";

/** Raise when the stills are drawn otherwise. */
const STILLS_VERSION = 1;

export type ResultFile = ProductionResult["files"][number];

export interface MadeFiles {
  readonly files: readonly ResultFile[];
  readonly mixes: ReadonlyMap<CutPlan, MixedFile | null>;
  /** What was read back from each file. */
  readonly read: ReadonlyMap<CutPlan, { readonly path: string; readonly facts: FilmFacts }>;
  readonly sizeBytes: number;
}

export async function makeFiles(
  prepared: Prepared,
  chunks: ReadonlyMap<string, RenderedChunk>,
  paths: OutputPaths,
  context: ProduceContext,
  enter: (state: ProductionState) => void,
): Promise<MadeFiles> {
  const { plan, production, gathered } = prepared;
  const chunksOf = (kind: CutPlan["kind"]): PlacedChunk[] =>
    plan.cuts.filter((cut) => cut.kind === kind).flatMap((cut) => cut.chunks);
  const fileContext: MakeFileContext = {
    ...context,
    audioBitrate: context.audioBitrate(production),
    sample: new Set([...sampleChunks(chunksOf("film")), ...sampleChunks(chunksOf("scene"))]),
  };
  const files: ResultFile[] = [];
  const mixes = new Map<CutPlan, MixedFile | null>();
  enter("assembling");
  for (const cut of plan.cuts) mixes.set(cut, await mixCut(cut, gathered, fileContext));
  enter("publishing");
  const read = new Map<CutPlan, { path: string; facts: FilmFacts }>();
  let sizeBytes = 0;
  const targetOf = (cut: CutPlan): string =>
    cut.sceneId === null ? paths.film : paths.sceneFile(cut.sceneId);
  const targets = plan.cuts.map(targetOf);
  for (const folder of new Set(targets.map((target) => path.dirname(target))))
    await openOutputFolder(folder, targets);
  for (const cut of plan.cuts) {
    const target = targetOf(cut);
    const extras: ResultFile[] = [];
    const stills: StillFile[] = [];
    const companions: Companions = {
      draw: async (partial) => {
        stills.push(...(await drawFilmStills(partial, cut, chunks, paths, context)));
      },
      publish: async () => {
        extras.push(...(await publishSidecars(cut, prepared, paths)), ...(await publishStills(stills)));
      },
    };
    const facts = await makeFile(
      cut,
      plan,
      chunks,
      mixes.get(cut) ?? null,
      target,
      fileContext,
      cut.kind === "film" ? companions : null,
    );
    read.set(cut, { path: target, facts });
    sizeBytes += facts.sizeBytes;
    files.push({ kind: cut.kind, path: target, sizeBytes: facts.sizeBytes }, ...extras);
  }
  return { files, mixes, read, sizeBytes };
}

async function publishSidecars(cut: CutPlan, prepared: Prepared, paths: OutputPaths): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  for (const { kind, path: file, text } of sidecarsOf(cut.timeline, prepared.captions, paths)) {
    await writeFileAtomic(file, text);
    files.push({ kind, path: file, sizeBytes: Buffer.byteLength(text) });
  }
  return files;
}

/** A picture that goes with a film, finished in the cache. */
interface StillFile {
  readonly kind: "poster" | "contact-sheet";
  readonly target: string;
  readonly entry: CacheEntry;
}

/**
 * The poster and, of more than one scene, the contact sheet. Both are in the cache under what they were drawn from:
 * drawn again they took a tenth of a rerun's time.
 */
async function drawFilmStills(
  film: PartialFile,
  cut: CutPlan,
  chunks: ReadonlyMap<string, RenderedChunk>,
  paths: OutputPaths,
  context: ProduceContext,
): Promise<StillFile[]> {
  const thumbnails = cut.timeline.scenes.map((timing) => {
    const own = cut.chunks.filter((chunk) => chunk.sceneId === timing.id);
    const middle = own[own.length >> 1] as PlacedChunk;
    return (chunks.get(middle.key) as RenderedChunk).thumbnail;
  });
  const frame = posterFrame(cut);
  const keyOf = (drawn: object): string => `still-${digestOf({ version: STILLS_VERSION, ...drawn })}`;
  const wanted = [
    { kind: "poster", target: paths.poster, key: keyOf({ film: film.sha256, frame }) },
    ...(thumbnails.length > 1
      ? [
          {
            kind: "contact-sheet",
            target: paths.contactSheet,
            key: keyOf({ sheet: thumbnails.map((thumbnail) => Buffer.from(thumbnail).toString("base64")) }),
          } as const,
        ]
      : []),
  ] as const;
  const known = await Promise.all(wanted.map(({ key }) => context.cache.get(key)));
  const outPaths = wanted.map(({ key }) => path.join(context.tempRoot, `${key}.jpg`));
  const missing = (place: number): string | null =>
    known[place] === null ? (outPaths[place] as string) : null;
  const [poster, sheet] = [missing(0), missing(1)];
  if (poster !== null || sheet !== null) {
    await context.runner.run(
      "drawStills",
      {
        filmPath: film.path,
        poster: poster === null ? null : { frame, outPath: poster },
        contactSheet: sheet === null ? null : { thumbnails, outPath: sheet },
      },
      { signal: context.signal },
    );
  }
  const stills: StillFile[] = [];
  for (const [place, { kind, target, key }] of wanted.entries()) {
    const entry = known[place] ?? (await context.cache.put(key, outPaths[place] as string, {}));
    stills.push({ kind, target, entry });
  }
  return stills;
}

async function publishStills(stills: readonly StillFile[]): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  for (const { kind, target, entry } of stills) {
    const partial = temporaryBeside(target);
    try {
      await copyFile(entry.path, partial, constants.COPYFILE_EXCL).catch((error: unknown) => {
        throw writeError(error, target);
      });
      await publishFile(partial, target);
    } finally {
      await rm(partial, { force: true });
    }
    files.push({ kind, path: target, sizeBytes: entry.sizeBytes });
  }
  return files;
}

/** The middle of the first scene: past its fade, before the next one's. */
function posterFrame(cut: CutPlan): number {
  return (cut.timeline.scenes[0]?.frameCount ?? 0) >> 1;
}
