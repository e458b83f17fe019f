import { ProductionProblems } from "../../produce/problems.ts";
import { chooseOutput } from "../choose-output.ts";
import { CommandFailure } from "../failure.ts";
import type { RenderFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import { planLines } from "../present/plan-lines.ts";
import { textWidth } from "../present/presenter.ts";
import { issueLines, noticeLines } from "../present/problems.ts";
import { createStatusLine } from "../present/status-line.ts";
import type { Session } from "../session.ts";
import { readSource, sourceName } from "../source.ts";
import { traceFailure, traceFindings } from "../trace-origins.ts";
import { applyFlags } from "../variants.ts";

export async function planCommand(
  session: Session,
  source: string,
  flags: RenderFlags & { readonly only?: string },
): Promise<number> {
  const { context, stop } = session;
  const name = sourceName(source, context.cwd);
  const read = await readSource(source, context.cwd, flags, stop.signal);
  const { production, variant } = applyFlags(read.production, flags);
  const output = await chooseOutput(
    production,
    { output: flags.output, cwd: context.cwd, name, deliver: production.output.deliver, variant },
    source,
  );
  const app = await session.openApp();
  const status = createStatusLine(session.json ? null : context.stderr);
  const request = { production, output, slots: flags.slots ?? null, useCache: flags.cache };
  session.setStopReaction(() => status.show("Stopping…"));
  const planned = await app
    .plan(request, {
      signal: stop.signal,
      emit: (event) => {
        if (event.type === "fetched") status.show(`reading ${event.done} of ${event.total}: ${event.name}`);
      },
    })
    .catch((thrown: unknown) => {
      if (!(thrown instanceof ProductionProblems)) throw thrown;
      const problems = thrown.problems.map((problem) => problem.toJSON());
      throw traceFailure(new CommandFailure(thrown.toJSON(), problems, undefined, thrown), read.origins);
    })
    .finally(() => status.clear());
  const report = { ...planned, notices: traceFindings(planned.notices, read.origins) };
  if (session.json) {
    writeJsonLine(context.stdout, { ...report, issues: read.warnings });
    return 0;
  }
  session.print(planLines(report, name, textWidth(context.stdout)));
  session.say(issueLines(read.warnings, session.style.stderr, textWidth(context.stderr)));
  session.say(noticeLines(report.notices, session.style.stderr, textWidth(context.stderr)));
  return 0;
}
