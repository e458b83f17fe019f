import path from "node:path";
import type { App, BurstRequest } from "../app.ts";
import { renderRemotely } from "../client/render-remotely.ts";
import type { ServerClient } from "../client/server-client.ts";
import type { ProductionResult } from "../produce/events.ts";
import type { PathOrigins } from "../spec/import/path-origins.ts";
import type { Issue } from "../spec/issue.ts";
import type { Production } from "../spec/production.ts";
import { chooseOutput } from "./choose-output.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { type CommandFailure, STOPPED_CODES } from "./failure.ts";
import type { RenderFlags } from "./options.ts";
import { choosePresenter } from "./present/choose.ts";
import { headingOf, textWidth } from "./present/presenter.ts";
import { failureLines } from "./present/problems.ts";
import { runRender } from "./run-render.ts";
import type { Session } from "./session.ts";
import { exitCodeOfSignal } from "./signals.ts";
import { printable } from "./text/printable.ts";
import { traceEvent, traceFailure } from "./trace-origins.ts";
import { applyFlags } from "./variants.ts";

export interface RenderTask {
  readonly production: Production;
  readonly warnings: readonly Issue[];
  /** Of an imported document: what the render finds is told at its places. */
  readonly origins?: PathOrigins | null;
  /** As given on the command line. */
  readonly source: string;
  /** What its film is called when the user does not say. */
  readonly name: string;
  readonly output: string | undefined;
  /** Absolute: where that film goes; the current folder unless stated. */
  readonly folder?: string;
  readonly flags: Pick<RenderFlags, "cache" | "slots" | "preset" | "preview" | "quality"> & {
    readonly only?: string;
  };
  readonly detail: "full" | "brief";
  /** Where it is rendered, when not here. */
  readonly server?: ServerClient | null;
  readonly burst?: BurstRequest | undefined;
  /** Goes into every JSON event. */
  readonly extra?: Readonly<Record<string, string>>;
}

export interface RenderReport {
  readonly exitCode: number;
  readonly result: ProductionResult | null;
  /** Null when it succeeded. */
  readonly failure: CommandFailure | null;
}

/** Renders one production and shows it: what `render` does once and `batch` several times. */
export async function presentRender(session: Session, task: RenderTask): Promise<RenderReport> {
  const { context, stop } = session;
  const { production, variant } = applyFlags(task.production, task.flags);
  const { deliver } = production.output;
  const output = await chooseOutput(
    production,
    { output: task.output, cwd: task.folder ?? context.cwd, name: task.name, deliver, variant },
    path.resolve(context.cwd, task.source),
  );
  stop.signal.throwIfAborted();
  const { server = null } = task;
  const app: Pick<App, "render"> =
    server === null
      ? await session.openApp()
      : { render: (request, hooks) => renderRemotely(server, request, hooks) };
  const presenter = choosePresenter(
    session,
    headingOf(production, task.name),
    { detail: task.detail, keepsChunks: task.flags.cache },
    task.extra,
  );
  session.setStopReaction(() => presenter.stopping());
  try {
    for (const { code, message, path, hint } of task.warnings)
      presenter.event({ type: "notice", notice: { code, message, path, hint } });
    const request = {
      production,
      output,
      slots: task.flags.slots ?? null,
      useCache: task.flags.cache,
      burst: task.burst,
    };
    const outcome = await runRender(app, request, stop.signal, (event) =>
      presenter.event(traceEvent(event, task.origins ?? null)),
    );
    if (outcome.kind === "failed")
      return reportFailed(session, traceFailure(outcome.failure, task.origins ?? null), task.flags.cache);
    if (!session.json) session.print([shownPath(session, outcome.result.film ?? output)]);
    const skipped = outcome.result.scenes.some((scene) => scene.status === "skipped");
    const ending = skipped ? EXIT_CODES.scenesSkipped : EXIT_CODES.success;
    return { exitCode: ending.code, result: outcome.result, failure: null };
  } finally {
    session.setStopReaction(null);
    presenter.close();
  }
}

/** The JSON presenter has said it already: a failure is an event. */
function reportFailed(session: Session, failure: CommandFailure, keepsChunks: boolean): RenderReport {
  const signal = session.stop.received();
  if (!session.json) {
    if (signal !== null)
      session.say([
        keepsChunks ? "Stopped. Run the same command again to go on from the finished chunks." : "Stopped.",
      ]);
    if (signal === null || !STOPPED_CODES.has(failure.error.code)) {
      session.say(failureLines(failure, session.style.stderr, textWidth(session.context.stderr)));
    }
  }
  session.explain(failure);
  return { exitCode: signal === null ? failure.exitCode : exitCodeOfSignal(signal), result: null, failure };
}

/** For a terminal harmless, for a pipe exact: whoever reads it wants to open the file. */
function shownPath(session: Session, file: string): string {
  return session.context.stdout.isTTY === true ? printable(file) : file;
}
