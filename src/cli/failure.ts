import type { Issue } from "../spec/issue.ts";
import { ReelburstError, type SerializedError } from "../support/errors.ts";
import { exitCodeOf } from "./exit-codes.ts";

/** A command that can't go on: what happened, every single problem, and how the program ends. */
export class CommandFailure extends Error {
  readonly error: SerializedError;
  /** All at once; empty when `error` says everything. */
  readonly problems: readonly SerializedError[];
  readonly exitCode: number;

  constructor(
    error: SerializedError,
    problems: readonly SerializedError[] = [],
    exitCode = exitCodeOf(error.code),
    cause?: unknown,
  ) {
    super(error.message, cause === undefined ? undefined : { cause });
    this.name = "CommandFailure";
    this.error = error;
    this.problems = problems;
    this.exitCode = exitCode;
  }

  static from(thrown: unknown): CommandFailure {
    if (thrown instanceof CommandFailure) return thrown;
    const error = fromSystemError(thrown) ?? explainInternal(ReelburstError.from(thrown));
    return new CommandFailure(error.toJSON(), [], exitCodeOf(error.code), thrown);
  }
}

/** Not failures of the work: somebody asked for its end. */
export const STOPPED_CODES: ReadonlySet<string> = new Set(["ABORTED", "CANCELED"]);

export function usageError(message: string, hint?: string): CommandFailure {
  return new CommandFailure(new ReelburstError("USAGE", message, { hint }).toJSON());
}

/** The errors among `issues` as one failure. */
export function invalidInput(source: string, issues: readonly Issue[]): CommandFailure {
  const problems = issues.filter(({ severity }) => severity === "error").map(issueToProblem);
  const [only] = problems;
  if (only !== undefined && problems.length === 1) return new CommandFailure(only, [], INVALID_INPUT);
  const summary = new ReelburstError("INPUT_INVALID", `${source} has ${problems.length} errors.`);
  return new CommandFailure(summary.toJSON(), problems, INVALID_INPUT);
}

function issueToProblem({ code, path, message, hint }: Issue): SerializedError {
  return { code, message, retryable: false, path, ...(hint === undefined ? {} : { hint }) };
}

const INVALID_INPUT = exitCodeOf("INPUT_INVALID");

function explainInternal(error: ReelburstError): ReelburstError {
  if (error.code !== "INTERNAL" || error.hint !== undefined) return error;
  return new ReelburstError(error.code, error.message, {
    path: error.path,
    hint: "This is a fault in Reelburst. Run again with --debug and report what it prints.",
    cause: error.cause ?? error,
  });
}

/** What a file system says, in words, for places that did not expect it; also when wrapped as `INTERNAL`. */
function fromSystemError(thrown: unknown): ReelburstError | null {
  if (!(thrown instanceof Error)) return null;
  if (thrown instanceof ReelburstError)
    return thrown.code === "INTERNAL" ? fromSystemError(thrown.cause) : null;
  const { code, path } = thrown as NodeJS.ErrnoException;
  const details = { path, cause: thrown };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ReelburstError("DISK_FULL", "The disk is full.", {
      ...details,
      hint: "Free some space and run again; finished chunks are kept.",
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new ReelburstError("PERMISSION_DENIED", "This user may not write or read here.", {
      ...details,
      hint: "Change the permissions, or choose another place.",
    });
  }
  if (code === "ENOMEM" || code === "EMFILE" || code === "ENFILE") {
    return new ReelburstError(
      "MEMORY_INSUFFICIENT",
      `The system has no more memory or open files to give (${code}).`,
      { ...details, hint: "Use fewer --slots, or close other programs." },
    );
  }
  return null;
}
