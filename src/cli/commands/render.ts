import { burstOf } from "../burst-request.ts";
import { usageError } from "../failure.ts";
import type { BurstFlags, RenderFlags } from "../options.ts";
import { presentRender } from "../present-render.ts";
import { namedServer, type ServerFlags } from "../server-connection.ts";
import type { Session } from "../session.ts";
import { readSource, sourceName } from "../source.ts";

export async function renderCommand(
  session: Session,
  source: string,
  flags: RenderFlags & ServerFlags & BurstFlags & { readonly only?: string },
): Promise<number> {
  const { cwd } = session.context;
  const burst = burstOf(flags);
  if (flags.slots === 0 && burst === undefined)
    throw usageError(
      "--slots 0 leaves nobody to draw.",
      "It is for --on, where rented machines alone may draw.",
    );
  const server = burst !== undefined && flags.server === undefined ? null : await namedServer(session, flags);
  if (server !== null && (flags.slots !== undefined || !flags.cache)) {
    const option = flags.cache ? "--slots" : "--no-cache";
    throw usageError(`${option} is for a render on this machine, not for one on a server.`);
  }
  if (server !== null && burst !== undefined) throw usageError("--on is for a render of this machine's own.");
  const { production, warnings, origins } = await readSource(source, cwd, flags, session.stop.signal);
  const task = {
    production,
    warnings,
    origins,
    source,
    name: sourceName(source, cwd),
    output: flags.output,
    flags,
    detail: "full",
    server,
    burst,
  } as const;
  const { exitCode } = await presentRender(session, task);
  return exitCode;
}
