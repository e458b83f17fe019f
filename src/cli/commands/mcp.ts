import { serveMcpOnStdio } from "../../mcp/serve-stdio.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { type ServerFlags, withServer } from "../server-connection.ts";
import type { Session } from "../session.ts";

/** stdout is the protocol's; everything for people goes to stderr. */
export async function mcpCommand(session: Session, flags: ServerFlags): Promise<number> {
  const { context, stop } = session;
  await withServer(
    session,
    flags,
    (client) =>
      serveMcpOnStdio(client, { folder: context.cwd, version: context.version, signal: stop.signal }),
    "work",
  );
  return EXIT_CODES.success.code;
}
