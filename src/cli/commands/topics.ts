import path from "node:path";
import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";

export interface TopicsFlags {
  readonly file: string;
}

const ACTIONS = ["list", "add", "approve", "reject"] as const;

/** Topics that wait for somebody's yes before films are made of them. */
export async function topicsCommand(
  session: Session,
  action: string,
  value: string | undefined,
  flags: TopicsFlags,
): Promise<number> {
  const { context, json, stop } = session;
  const known = ACTIONS.find((one) => one === action);
  if (known === undefined)
    throw usageError(`There is no ${printable(action)}.`, `Give ${ACTIONS.join(", ")}.`);
  if (known !== "list" && value === undefined)
    throw usageError(known === "add" ? "Give a feed's URL or r/<subreddit>." : "Give a topic's id.");
  const app = await session.openApp();
  const file = path.resolve(context.cwd, flags.file);
  const topics = await app.topics({ action: known, value: value ?? "", file }, stop.signal);
  if (json) for (const topic of topics) writeJsonLine(context.stdout, { type: "topic", ...topic });
  else if (topics.length === 0)
    session.say(
      known === "add"
        ? ["No new topics."]
        : ["No topics.", "  Add some: npx reelburst topics add r/<subreddit>, or a feed's URL."],
    );
  else
    session.print(
      topics.map(
        ({ id, state, title, from }) =>
          `${id}  ${state.padEnd(8)}  ${printable(title)}${from === null ? "" : `  ${printable(from)}`}`,
      ),
    );
  return EXIT_CODES.success.code;
}
