/** From what a run has made and measured to the report. Pure. */

import type { RenderedChunk } from "../draw-chunk.ts";
import type { MadeFiles } from "../make-files.ts";
import type { OutputPaths } from "../output-paths.ts";
import type { CutPlan } from "../plan-film.ts";
import type { Prepared } from "../prepare.ts";
import { findingsOf } from "./findings.ts";
import { type FileMeasures, measureFile } from "./measure-file.ts";
import type { QualityReport } from "./quality-report.ts";

/** A film's scenes as files of their own show nothing that the film does not: they are reported on only without it. */
export function measureQuality(
  prepared: Prepared,
  chunks: ReadonlyMap<string, RenderedChunk>,
  made: Pick<MadeFiles, "mixes" | "read">,
  paths: Pick<OutputPaths, "reportPage">,
): QualityReport {
  const captions: FileMeasures["captions"] = new Map(
    [...prepared.captions].map(([id, { shown }]) => [id, shown]),
  );
  const files = reportedCuts(prepared).flatMap((cut) => {
    const read = made.read.get(cut);
    if (read === undefined) return [];
    return measureFile({
      ...read,
      cut,
      chunks: cut.chunks.map((chunk) => (chunks.get(chunk.key) as RenderedChunk).facts.quality),
      sound: made.mixes.get(cut)?.mixed ?? null,
      captions,
    });
  });
  return { page: paths.reportPage, findings: findingsOf(files), files };
}

/** A JPEG of the middle of every scene, by scene id. */
export function pictures(
  prepared: Prepared,
  chunks: ReadonlyMap<string, RenderedChunk>,
): ReadonlyMap<string, Uint8Array> {
  return new Map(
    reportedCuts(prepared).flatMap((cut) =>
      cut.timeline.scenes.flatMap(({ id }): [string, Uint8Array][] => {
        const own = cut.chunks.filter((chunk) => chunk.sceneId === id);
        const middle = chunks.get(own[own.length >> 1]?.key ?? "");
        return middle === undefined ? [] : [[id, middle.thumbnail]];
      }),
    ),
  );
}

function reportedCuts({ plan }: Prepared): readonly CutPlan[] {
  const film = plan.cuts.filter(({ kind }) => kind === "film");
  return film.length > 0 ? film : plan.cuts;
}
