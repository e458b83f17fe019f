import type { Notice } from "../../produce/events.ts";
import { ProductionProblems } from "../../produce/problems.ts";
import { hasErrors, type Issue } from "../../spec/issue.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import type { SourceFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import { issueLines } from "../present/problems.ts";
import { createStatusLine } from "../present/status-line.ts";
import type { Session } from "../session.ts";
import { type CheckedSource, checkSource } from "../source.ts";
import { countOf, formatFrameRate } from "../text/formats.ts";

/** The findings are the result here, so they go to stdout. */
export async function validateCommand(
  session: Session,
  source: string | undefined,
  flags: SourceFlags & { readonly content?: boolean; readonly schema?: boolean },
): Promise<number> {
  const { context } = session;
  if (flags.schema === true) {
    const { renderJsonSchema } = await import("../../spec/json-schema.ts");
    context.stdout.write(renderJsonSchema());
    return EXIT_CODES.success.code;
  }
  if (source === undefined)
    throw usageError(
      "validate needs a folder or a production file.",
      "Or print the JSON Schema with --schema.",
    );
  const checked = await checkSource(source, context.cwd, flags, session.stop.signal);
  const { production, issues } = flags.content === true ? await checkContent(session, checked) : checked;
  const exitCode = production === null ? EXIT_CODES.invalidInput.code : EXIT_CODES.success.code;
  if (session.json) {
    writeJsonLine(context.stdout, {
      valid: production !== null,
      scenes: production?.scenes.length ?? null,
      issues,
    });
    return exitCode;
  }
  session.print(issueLines(issues, session.style.stdout, textWidth(context.stdout)));
  const errors = issues.filter(({ severity }) => severity === "error").length;
  if (production === null) {
    session.print([session.style.stdout.failed(`not valid: ${countOf(errors, "error")}`)]);
  } else {
    const { width, height, fps } = production.output;
    const facts = `${countOf(production.scenes.length, "scene")}, ${width}x${height}, ${formatFrameRate(fps.num / fps.den)}`;
    const warnings = issues.length > 0 ? `, ${countOf(issues.length, "warning")}` : "";
    session.print([session.style.stdout.done(`ok: ${facts}${warnings}`)]);
  }
  return exitCode;
}

/**
 * Opens what the production names: pictures and sounds are decoded, captions laid out, as a render would begin. Only
 * for a production without errors so far: of another one nobody knows what it names.
 */
async function checkContent(session: Session, checked: CheckedSource): Promise<CheckedSource> {
  if (checked.production === null) return checked;
  const { context, stop } = session;
  const app = await session.openApp();
  const status = createStatusLine(session.json ? null : context.stderr);
  session.setStopReaction(() => status.show("Stopping…"));
  // A scene that a render would leave out is a finding all the same.
  const production = { ...checked.production, onSceneFailure: "fail" } as const;
  const found: Issue[] = await app
    .plan(
      { production, output: context.cwd, slots: null, useCache: true },
      {
        signal: stop.signal,
        emit: (event) => {
          if (event.type === "fetched") status.show(`reading ${event.done} of ${event.total}: ${event.name}`);
        },
      },
    )
    .then(
      ({ notices }) => notices.map((notice) => asIssue(notice, "warning")),
      (thrown: unknown) => {
        if (!(thrown instanceof ProductionProblems)) throw thrown;
        return thrown.problems.map((problem) => asIssue(problem.toJSON(), "error"));
      },
    )
    .finally(() => status.clear());
  const { origins } = checked;
  const issues = [
    ...(origins === null ? found : found.map((issue) => origins.translate(issue))),
    ...checked.issues,
  ];
  return { production: hasErrors(issues) ? null : checked.production, issues, origins };
}

function asIssue({ code, message, path, hint }: Notice, severity: Issue["severity"]): Issue {
  return { severity, code, path: path ?? "$", message, ...(hint === undefined ? {} : { hint }) };
}
