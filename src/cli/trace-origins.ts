import type { Notice, ProductionEvent } from "../produce/events.ts";
import type { PathOrigins } from "../spec/import/path-origins.ts";
import { CommandFailure } from "./failure.ts";

/** What is found out about an imported production, told where the user's own document says it. Null: nothing was imported. */
export function traceFailure(failure: CommandFailure, origins: PathOrigins | null): CommandFailure {
  if (origins === null) return failure;
  const { error, problems, exitCode } = failure;
  return new CommandFailure(
    origins.translate(error),
    problems.map((problem) => origins.translate(problem)),
    exitCode,
    failure.cause,
  );
}

export function traceFindings(notices: readonly Notice[], origins: PathOrigins | null): Notice[] {
  return notices.map((notice) => origins?.translate(notice) ?? notice);
}

export function traceEvent(event: ProductionEvent, origins: PathOrigins | null): ProductionEvent {
  if (origins === null) return event;
  if (event.type === "notice") return { ...event, notice: origins.translate(event.notice) };
  if (event.type !== "failed") return event;
  return {
    ...event,
    error: origins.translate(event.error),
    problems: event.problems.map((problem) => origins.translate(problem)),
  };
}
