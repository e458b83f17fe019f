import type { RenderFlags } from "../options.ts";
import { presentRender } from "../present-render.ts";
import type { Session } from "../session.ts";
import { readSource, sourceName } from "../source.ts";

export async function renderCommand(
  session: Session,
  source: string,
  flags: RenderFlags & { readonly only?: string },
): Promise<number> {
  const { cwd } = session.context;
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
  } as const;
  const { exitCode } = await presentRender(session, task);
  return exitCode;
}
