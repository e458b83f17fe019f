import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import { type ProductionView, productionLines, productionsTable } from "../present/production-lines.ts";
import { type ServerFlags, withServer } from "../server-connection.ts";
import type { Session } from "../session.ts";
import { productionPath } from "./production-path.ts";

/** One production, or the latest. */
export async function statusCommand(
  session: Session,
  id: string | undefined,
  flags: ServerFlags & { readonly limit: number },
): Promise<number> {
  const { context, stop } = session;
  return withServer(session, flags, async (client) => {
    const { signal } = stop;
    const width = textWidth(context.stdout);
    if (id !== undefined) {
      const view = await client.json<ProductionView>("GET", productionPath(id), { signal });
      if (session.json) writeJsonLine(context.stdout, view);
      else session.print(productionLines(view, session.style.stdout, width));
      return EXIT_CODES.success.code;
    }
    const page = await client.json<{ productions: ProductionView[] }>(
      "GET",
      `/v1/productions?limit=${flags.limit}`,
      { signal },
    );
    if (session.json) writeJsonLine(context.stdout, page);
    else if (page.productions.length === 0) session.say(["There are no productions yet."]);
    else session.print(productionsTable(page.productions, context.now(), width));
    return EXIT_CODES.success.code;
  });
}
