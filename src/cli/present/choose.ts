import type { Session } from "../session.ts";
import { createJson } from "./json.ts";
import { createPlain } from "./plain.ts";
import type { Heading, Presenter, PresenterTools } from "./presenter.ts";
import { createScreen } from "./screen.ts";

/** JSON lines when asked for, a screen on a terminal, plain lines anywhere else. */
export function choosePresenter(
  session: Session,
  heading: Heading,
  choices: Pick<PresenterTools, "detail" | "keepsChunks">,
  extra: Readonly<Record<string, string>> = {},
): Presenter {
  const { context } = session;
  if (session.json) return createJson(context.stdout, context.now, extra);
  const tools: PresenterTools = {
    stream: context.stderr,
    style: session.style.stderr,
    now: context.now,
    every: context.every,
    ...choices,
  };
  // Progress is drawn where it is written: stdout may be a pipe while a person watches stderr.
  return context.stderr.isTTY === true ? createScreen(heading, tools) : createPlain(heading, tools);
}
