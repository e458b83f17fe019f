import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import type { CliContext } from "./context.ts";
import { CommandFailure } from "./failure.ts";
import { writeJsonLine } from "./present/json.ts";
import { stoppingText, textWidth } from "./present/presenter.ts";
import { failureLines } from "./present/problems.ts";
import { createStyle, type Style } from "./present/style.ts";
import { exitCodeOfSignal, listenForStop, type StopListener } from "./signals.ts";
import { printable } from "./text/printable.ts";

/** The options every command has. */
export interface GlobalOptions {
  readonly json?: boolean;
  /** false: `--no-color`. */
  readonly color?: boolean;
  readonly debug?: boolean;
}

/** One command at work: where it writes, how it is stopped, the app it opened. */
export interface Session {
  readonly context: CliContext;
  readonly config: Config;
  readonly json: boolean;
  /** Colours for stderr and stdout, each only where it is a terminal. */
  readonly style: { readonly stderr: Style; readonly stdout: Style };
  readonly stop: StopListener;
  /** The same app every time; closed with the session. */
  readonly openApp: () => Promise<App>;
  /** Who says "Stopping…" while it draws; null gives the word back to the session. */
  readonly setStopReaction: (reaction: (() => void) | null) => void;
  /** With `--debug`, where in the program a failure arose. */
  readonly explain: (failure: CommandFailure) => void;
  /** Lines for people, on stderr. */
  readonly say: (lines: readonly string[]) => void;
  /** Results, on stdout. */
  readonly print: (lines: readonly string[]) => void;
}

/**
 * Runs a command and returns the program's exit code. Whatever happens, the app is closed, so that no child
 * process stays; a failure is said once, without a stack trace unless `--debug`.
 */
export async function runSession(
  context: CliContext,
  options: GlobalOptions,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  let stopReaction: (() => void) | null = null;
  let app: Promise<App> | null = null;
  const json = options.json === true;
  const stop = listenForStop(context.signals, {
    onFirst: () => {
      if (stopReaction !== null) stopReaction();
      else if (!json) context.stderr.write(`${stoppingText(false)}\n`);
    },
    // Render processes end by themselves when the program that started them is gone.
    onSecond: (signal) => context.leave(exitCodeOfSignal(signal)),
  });
  try {
    const config = context.readConfig();
    const openApp = (): Promise<App> => (app ??= context.loadApp().then((create) => create(config)));
    const wantsColor = options.color !== false && config.color;
    return await work({
      context,
      config,
      json,
      style: {
        stderr: createStyle(wantsColor && context.stderr.isTTY === true),
        stdout: createStyle(wantsColor && context.stdout.isTTY === true),
      },
      stop,
      openApp,
      setStopReaction: (reaction) => {
        stopReaction = reaction;
      },
      explain: (failure) => {
        if (options.debug === true) writeLines(context.stderr, stackLines(failure));
      },
      say: (lines) => writeLines(context.stderr, lines),
      print: (lines) => writeLines(context.stdout, lines),
    });
  } catch (thrown) {
    return reportFailure(context, options, CommandFailure.from(thrown), stop);
  } finally {
    if (app !== null) await closeApp(app, context);
    stop.dispose();
  }
}

/** With `--json` an object of the same shape as a render's `failed` event. */
export function reportFailure(
  context: CliContext,
  options: GlobalOptions,
  failure: CommandFailure,
  stop: StopListener | null = null,
): number {
  const signal = stop?.received() ?? null;
  const stopped = signal !== null && failure.error.code === "ABORTED";
  if (options.json === true) {
    const { error, problems } = failure;
    writeJsonLine(context.stdout, {
      type: "failed",
      error,
      problems,
      at: new Date(context.now()).toISOString(),
    });
  } else if (!stopped) {
    const style = createStyle(
      options.color !== false && context.stderr.isTTY === true && isColorConfigured(context),
    );
    writeLines(context.stderr, failureLines(failure, style, textWidth(context.stderr)));
  }
  if (options.debug === true) writeLines(context.stderr, stackLines(failure));
  return stopped && signal !== null ? exitCodeOfSignal(signal) : failure.exitCode;
}

function isColorConfigured(context: CliContext): boolean {
  try {
    return context.readConfig().color;
  } catch {
    // The very failure to report may be an unreadable configuration.
    return false;
  }
}

function stackLines(failure: CommandFailure): string[] {
  const lines: string[] = [];
  for (let error: unknown = failure; error instanceof Error && lines.length < 200; error = error.cause) {
    lines.push(...(error.stack ?? error.message).split("\n").map(printable));
  }
  return lines;
}

async function closeApp(app: Promise<App>, context: CliContext): Promise<void> {
  // An app that could not be opened was reported by whoever wanted it.
  const opened = await app.catch(() => null);
  try {
    await opened?.close();
  } catch (thrown) {
    // The command's own ending stands: a finished film is not unmade by this.
    const { error } = CommandFailure.from(thrown);
    writeLines(context.stderr, [
      `Closing the renderer failed (${printable(error.code)}): ${printable(error.message)}`,
    ]);
  }
}

function writeLines(stream: { write(text: string): unknown }, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(`${lines.join("\n")}\n`);
}
