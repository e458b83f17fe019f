/** Assembling and publishing: every file of a production and what goes with a film. */
import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { sampleChunks } from "../render/assemble/sample.ts";
import type { PlacedChunk } from "../render/plan.ts";
import type { FilmFacts } from "../render/process/tasks/inspect-film.ts";
import { publishFile, temporaryBeside, writeFileAtomic } from "../support/atomic-file.ts";
import type { ProduceContext } from "./context.ts";
import type { ProductionResult, ProductionState } from "./events.ts";
import { type MakeFileContext, type MixedFile, makeFile, mixCut } from "./make-file.ts";
import { openOutputFolder } from "./output-folder.ts";
import type { OutputPaths } from "./output-paths.ts";
import type { CutPlan } from "./plan-film.ts";
import type { Prepared } from "./prepare.ts";
import type { RenderedChunk } from "./render-chunks.ts";
import { sidecarsOf } from "./sidecars.ts";

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
    const facts = await makeFile(
      cut,
      plan,
      chunks,
      mixes.get(cut) ?? null,
      target,
      fileContext,
      async (partial) => {
        if (cut.kind === "film")
          extras.push(...(await publishExtras(partial, cut, prepared, chunks, paths, context)));
      },
    );
    read.set(cut, { path: target, facts });
    sizeBytes += facts.sizeBytes;
    files.push({ kind: cut.kind, path: target, sizeBytes: facts.sizeBytes }, ...extras);
  }
  return { files, mixes, read, sizeBytes };
}

/** What goes with a film: captions as files, a poster, a contact sheet. */
async function publishExtras(
  filmPath: string,
  cut: CutPlan,
  prepared: Prepared,
  chunks: ReadonlyMap<string, RenderedChunk>,
  paths: OutputPaths,
  context: ProduceContext,
): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  for (const { kind, path: file, text } of sidecarsOf(cut.timeline, prepared.captions, paths)) {
    await writeFileAtomic(file, text);
    files.push({ kind, path: file, sizeBytes: Buffer.byteLength(text) });
  }
  const posterPart = temporaryBeside(paths.poster);
  const sheetPart = temporaryBeside(paths.contactSheet);
  const thumbnails = cut.timeline.scenes.map((timing) => {
    const own = cut.chunks.filter((chunk) => chunk.sceneId === timing.id);
    const middle = own[own.length >> 1] as PlacedChunk;
    return (chunks.get(middle.key) as RenderedChunk).thumbnail;
  });
  try {
    await context.runner.run(
      "drawStills",
      {
        filmPath,
        poster: { frame: posterFrame(cut), outPath: posterPart },
        contactSheet: thumbnails.length > 1 ? { thumbnails, outPath: sheetPart } : null,
      },
      { signal: context.signal },
    );
    await publishFile(posterPart, paths.poster);
    files.push({ kind: "poster", path: paths.poster, sizeBytes: (await stat(paths.poster)).size });
    if (thumbnails.length > 1) {
      await publishFile(sheetPart, paths.contactSheet);
      files.push({
        kind: "contact-sheet",
        path: paths.contactSheet,
        sizeBytes: (await stat(paths.contactSheet)).size,
      });
    }
  } finally {
    await Promise.all([posterPart, sheetPart].map((part) => rm(part, { force: true })));
  }
  return files;
}

/** The middle of the first scene: past its fade, before the next one's. */
function posterFrame(cut: CutPlan): number {
  return (cut.timeline.scenes[0]?.frameCount ?? 0) >> 1;
}
