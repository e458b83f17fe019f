/** Problems and notices in words: code, what happened, where, what to do. */
import type { Notice } from "../../produce/events.ts";
import type { Issue } from "../../spec/issue.ts";
import type { CommandFailure } from "../failure.ts";
import { countOf, formatCount } from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { wrapText } from "../text/wrap.ts";
import type { Style } from "./style.ts";

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path?: string | undefined;
  readonly hint?: string | undefined;
}

/** More on one screen is not read; `--json` has them all. */
const MAX_NOTICES = 20;

export function failureLines(
  failure: Pick<CommandFailure, "error" | "problems">,
  style: Style,
  width: number,
): string[] {
  const { error, problems } = failure;
  // An error may stand for its first problem: then it would be said twice.
  const isStandIn = problems.some((problem) => problem.code === error.code && problem.path === error.path);
  const head = isStandIn
    ? problems.length > 1
      ? [countOf(problems.length, "problem")]
      : []
    : findingLines(error, style.failed, width);
  return [...head, ...problems.flatMap((problem) => findingLines(problem, style.failed, width))];
}

export function noticeLines(notices: readonly Notice[], style: Style, width: number): string[] {
  const lines = notices.slice(0, MAX_NOTICES).flatMap((notice) => findingLines(notice, style.retried, width));
  if (notices.length > MAX_NOTICES)
    lines.push(`${formatCount(notices.length - MAX_NOTICES)} more notices; --json lists them all.`);
  return lines;
}

export function issueLines(issues: readonly Issue[], style: Style, width: number): string[] {
  return issues.flatMap((issue) =>
    findingLines(issue, issue.severity === "error" ? style.failed : style.retried, width),
  );
}

function findingLines(finding: Finding, paint: (text: string) => string, width: number): string[] {
  const code = printable(finding.code);
  const [first = "", ...rest] = wrapText(`${code}: ${printable(finding.message)}`, width);
  const lines = [paint(code) + first.slice(code.length), ...rest];
  // A message that names the file has said where.
  const isSaid =
    finding.path === undefined ||
    finding.path === "$" ||
    finding.message.includes(JSON.stringify(finding.path));
  if (!isSaid) lines.push(...wrapText(`at ${printable(finding.path ?? "")}`, width, "  "));
  if (finding.hint !== undefined) lines.push(...wrapText(printable(finding.hint), width, "  "));
  return lines;
}
