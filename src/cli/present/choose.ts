import type { CliContext } from "../context.ts";
import type { Session } from "../session.ts";
import { createJson } from "./json.ts";
import { createPlain } from "./plain.ts";
import type { Heading, Presenter, PresenterTools } from "./presenter.ts";
import { createScreen } from "./screen.ts";

/** JSON lines when asked for, a screen on a terminal, plain lines anywhere else. */
export function choosePresenter(session: Session, heading: Heading, detail: PresenterTools["detail"], extra: Readonly<Record<string, string>> = {}): Presenter {
  const { context } = session;
  if (session.json) return createJson(context.stdout, context.now, extra);
  const tools: PresenterTools = { stream: context.stderr, style: session.style.stderr, now: context.now, every: context.every, detail };
  return isScreen(context) ? createScreen(heading, tools) : createPlain(heading, tools);
}

/** Progress is drawn where it is written: stdout may be a pipe while a person watches stderr. */
export function isScreen(context: CliContext): boolean {
  return context.stderr.isTTY === true;
}
