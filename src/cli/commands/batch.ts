import path from "node:path";
import type { ProductionResult } from "../../produce/events.ts";
import { listBatchSources } from "../batch-sources.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { CommandFailure, usageError } from "../failure.ts";
import type { RenderFlags } from "../options.ts";
import { type BatchRow, batchLines } from "../present/batch-lines.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import { failureLines } from "../present/problems.ts";
import { presentRender } from "../present-render.ts";
import type { Session } from "../session.ts";
import { exitCodeOfSignal } from "../signals.ts";
import { readSource } from "../source.ts";
import { printable } from "../text/printable.ts";

export async function batchCommand(
  session: Session,
  sources: readonly string[],
  flags: RenderFlags & { readonly output: string },
): Promise<number> {
  const { context, stop } = session;
  const folder = path.resolve(context.cwd, flags.output);
  if (path.extname(folder).toLowerCase() === ".mp4")
    throw usageError("batch makes several films; --output names their folder.");
  const tasks = await listBatchSources(sources, context.cwd);
  const rows: BatchRow[] = [];
  for (const [index, { source, name }] of tasks.entries()) {
    if (stop.signal.aborted) {
      rows.push({ source, state: "not started" });
      continue;
    }
    const startedMs = context.now();
    if (!session.json)
      session.say([`${index > 0 ? "\n" : ""}${index + 1} of ${tasks.length}: ${printable(source)}`]);
    const ending = await renderOne(session, source, name, folder, flags);
    const elapsedSeconds = (context.now() - startedMs) / 1000;
    if (ending instanceof CommandFailure) {
      rows.push({ source, state: stop.signal.aborted ? "stopped" : "failed", code: ending.error.code });
    } else {
      const isPartial = ending.scenes.some((scene) => scene.status === "skipped");
      rows.push({
        source,
        state: isPartial ? "skipped scenes" : "done",
        seconds: ending.seconds,
        sizeBytes: ending.sizeBytes,
        elapsedSeconds,
      });
    }
  }
  if (!session.json) session.say(["", ...batchLines(rows, session.style.stderr, textWidth(context.stderr))]);
  const signal = stop.received();
  // A stop that came after the last film stopped nothing.
  if (signal !== null && rows.some(({ state }) => state === "stopped" || state === "not started"))
    return exitCodeOfSignal(signal);
  if (rows.some(({ state }) => state === "failed")) return EXIT_CODES.renderFailed.code;
  return rows.some(({ state }) => state === "skipped scenes")
    ? EXIT_CODES.scenesSkipped.code
    : EXIT_CODES.success.code;
}

async function renderOne(
  session: Session,
  source: string,
  name: string,
  folder: string,
  flags: RenderFlags,
): Promise<ProductionResult | CommandFailure> {
  const { context, stop } = session;
  try {
    const { production, warnings, origins } = await readSource(source, context.cwd, flags, stop.signal);
    const report = await presentRender(session, {
      production,
      warnings,
      origins,
      source,
      name,
      output: undefined,
      folder,
      flags,
      detail: "brief",
      extra: { source },
    });
    return (
      report.result ??
      report.failure ??
      new CommandFailure({
        code: "INTERNAL",
        message: "The render ended without a result.",
        retryable: false,
      })
    );
  } catch (thrown) {
    // Before the render could begin: said here, so that the rest goes on.
    const failure = CommandFailure.from(thrown);
    const { error, problems } = failure;
    if (session.json)
      writeJsonLine(context.stdout, {
        type: "failed",
        error,
        problems,
        source,
        at: new Date(context.now()).toISOString(),
      });
    else if (!stop.signal.aborted)
      session.say(failureLines(failure, session.style.stderr, textWidth(context.stderr)));
    session.explain(failure);
    return failure;
  }
}
