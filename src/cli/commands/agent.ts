import path from "node:path";
import { writeLeaseFiles } from "../../agent/lease-files.ts";
import { serveAgent } from "../../agent/serve-agent.ts";
import { compileCacheFolder, readAgentConfig } from "../../config.ts";
import { systemClock } from "../../support/clock.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";

export interface AgentFlags {
  /** `host:port` */
  readonly listen: string;
  readonly slots?: number;
  /** A folder. */
  readonly newLease?: string;
}

/** Renders chunks until it is told to stop or its dead-man ends it. */
export async function agentCommand(session: Session, flags: AgentFlags): Promise<number> {
  const { context, config, json, stop } = session;
  if (flags.newLease !== undefined) return await newLease(session, flags.newLease);
  const lease = readAgentConfig();
  const { host, port } = parseListen(flags.listen);
  const say = (message: string): void =>
    session.say([`${new Date(context.now()).toISOString()} ${printable(message)}`]);
  const agent = await serveAgent({
    ...lease,
    host,
    port,
    version: context.version,
    slots: flags.slots ?? config.slots,
    tempRoot: path.join(config.cacheDirectory, "agent"),
    compileCache: compileCacheFolder(config),
    deadMan:
      lease.idleSeconds === null
        ? null
        : {
            idleMs: lease.idleSeconds * 1000,
            lifetimeMs: lease.lifetimeSeconds === null ? null : lease.lifetimeSeconds * 1000,
            endCommand: lease.endCommand,
            fedFile: lease.fedFile,
          },
    clock: systemClock,
    openFetch: async () => {
      const { createSafeFetch } = await import("../../support/safe-fetch/safe-fetch.ts");
      return createSafeFetch({ allowPrivate: config.fetchAllow });
    },
    log: say,
  });
  if (json) writeJsonLine(context.stdout, { type: "listening", port: agent.port, slots: agent.slots });
  else session.print([String(agent.port)]);
  say(`listening on ${host}, port ${agent.port}, with ${agent.slots} slots`);
  const stopped = new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    else stop.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const ended = await Promise.race([stopped.then(() => "stopped"), agent.expired.then(() => "expired")]);
  await agent.close(ended === "expired" ? AbortSignal.abort() : new AbortController().signal);
  return EXIT_CODES.success.code;
}

async function newLease({ context, json, print, say }: Session, folder: string): Promise<number> {
  const { variables, fingerprint } = await writeLeaseFiles(path.resolve(context.cwd, folder), context.now());
  if (json) {
    writeJsonLine(context.stdout, { type: "lease", fingerprint, variables });
  } else {
    print([fingerprint]);
    say([
      "On the machine:",
      ...Object.entries(variables).map(([name, file]) => `  ${name}=${printable(file)}`),
    ]);
  }
  return EXIT_CODES.success.code;
}

function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw usageError("--listen is no address with a port.", "Write it as 0.0.0.0:8443 or [::]:8443.");
  return { host: match[1] ?? match[2] ?? "", port };
}
