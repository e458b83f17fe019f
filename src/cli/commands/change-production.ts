/** `cancel` and `retry`: one request about one production, and what became of it. */
import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import type { ProductionView } from "../present/production-lines.ts";
import { type ServerFlags, withServer } from "../server-connection.ts";
import type { Session } from "../session.ts";
import { productionPath } from "./production-path.ts";

const SAID = {
  cancel: (view: ProductionView) =>
    view.status === "canceled" ? "Canceled." : "Cancellation requested; what was rendered is kept.",
  retry: () => "Queued once more; what was rendered is kept.",
} as const;

export async function changeProduction(
  session: Session,
  change: keyof typeof SAID,
  id: string,
  flags: ServerFlags,
): Promise<number> {
  const path = productionPath(id);
  return withServer(session, flags, async (client) => {
    const view = await client.json<ProductionView>("POST", `${path}/${change}`, {
      signal: session.stop.signal,
    });
    if (session.json) writeJsonLine(session.context.stdout, view);
    else session.say([SAID[change](view)]);
    return EXIT_CODES.success.code;
  });
}
