import type { DoctorCheck } from "../../app.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import type { Style } from "../present/style.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";
import { wrapText } from "../text/wrap.ts";

/** Checks as they come, so that a slow one is seen to be at work. */
export async function doctorCommand(session: Session): Promise<number> {
  const { context, stop } = session;
  const counts = { ok: 0, warning: 0, failed: 0 };
  const app = await session.openApp();
  for await (const check of app.doctor()) {
    stop.signal.throwIfAborted();
    counts[check.state] += 1;
    if (session.json) writeJsonLine(context.stdout, { type: "check", ...check });
    else session.print(checkLines(check, session.style.stdout, textWidth(context.stdout)));
  }
  if (session.json) writeJsonLine(context.stdout, { type: "checked", ...counts });
  return counts.failed > 0 ? EXIT_CODES.environment.code : EXIT_CODES.success.code;
}

const STATE_WIDTH = 9;

function checkLines(check: DoctorCheck, style: Style, width: number): string[] {
  const paint = { ok: style.done, warning: style.retried, failed: style.failed }[check.state];
  const indent = " ".repeat(STATE_WIDTH);
  const [first = "", ...rest] = wrapText(
    `${printable(check.name)}: ${printable(check.message)}`,
    width,
    indent,
  );
  const lines = [paint(check.state) + first.slice(check.state.length), ...rest];
  if (check.hint !== undefined) lines.push(...wrapText(printable(check.hint), width, indent));
  return lines;
}
