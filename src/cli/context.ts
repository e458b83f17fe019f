import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import type { SignalSource } from "./signals.ts";

/** What is needed of `process.stdout` and `process.stderr`. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Everything a command meets of the world, so that tests can give it another one. */
export interface CliContext {
  /** Absolute. */
  readonly cwd: string;
  readonly version: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** @throws ReelburstError CONFIG_INVALID */
  readonly readConfig: () => Config;
  /** Loads the renderer only when a command needs it: `--help` must be quick. */
  readonly loadApp: () => Promise<(config: Config) => App>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back again and again until the returned function is called; must not keep the process alive. */
  readonly every: (milliseconds: number, callback: () => void) => () => void;
  readonly signals: SignalSource;
  /** Leaves at once, whatever still runs. */
  readonly leave: (exitCode: number) => void;
}
