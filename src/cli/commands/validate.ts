import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import type { SourceFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import { issueLines } from "../present/problems.ts";
import type { Session } from "../session.ts";
import { checkSource } from "../source.ts";
import { countOf, formatFrameRate } from "../text/formats.ts";

/** The findings are the result here, so they go to stdout. */
export async function validateCommand(
  session: Session,
  source: string | undefined,
  flags: SourceFlags & { readonly schema?: boolean },
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
  const { production, issues } = await checkSource(source, context.cwd, flags, session.stop.signal);
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
