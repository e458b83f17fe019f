import { productionEvents } from "../../client/events.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import { eventLine } from "../present/production-lines.ts";
import { type ServerFlags, withServer } from "../server-connection.ts";
import type { Session } from "../session.ts";
import { productionPath } from "./production-path.ts";

/** What has happened to a production; with `--follow` until its end, which then is the exit code. */
export async function logsCommand(
  session: Session,
  id: string,
  flags: ServerFlags & { readonly follow?: boolean },
): Promise<number> {
  productionPath(id);
  const follow = flags.follow === true;
  return withServer(session, flags, async (client) => {
    let state = "";
    for await (const event of productionEvents(client, id, { follow, signal: session.stop.signal })) {
      if (event.type === "state") state = String(event.data["state"]);
      if (session.json) {
        const { id: sequence, type, at, data } = event;
        writeJsonLine(session.context.stdout, { type, ...data, at, sequence });
      } else session.print([eventLine(event)]);
    }
    const failed = follow && state !== "succeeded";
    return failed ? EXIT_CODES.renderFailed.code : EXIT_CODES.success.code;
  });
}
