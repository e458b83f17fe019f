import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { ServerClient } from "../client/server-client.ts";
import { findServer } from "../client/server-file.ts";
import { defaultDataFolder, serverSettings } from "../config.ts";
import { ReelburstError } from "../support/errors.ts";
import { usageError } from "./failure.ts";
import type { Session } from "./session.ts";
import { printable } from "./text/printable.ts";

export interface ServerFlags {
  /** URL. */
  readonly server?: string;
  readonly data?: string;
}

/** The server that is named with `--server` or REELBURST_SERVER; null: none is. */
export async function namedServer(session: Session, flags: ServerFlags): Promise<ServerClient | null> {
  const settings = serverSettings();
  const url = flags.server ?? settings.url;
  if (url === null) return null;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usageError(
      `${printable(url)} is no address of a server.`,
      "Give a URL such as http://127.0.0.1:4380.",
    );
  }
  return greeted(session, new ServerClient({ url, key: settings.key }));
}

/**
 * Productions live where a server keeps them: one that is named, else the one that has the data folder, else the
 * folder itself, opened by a server of our own that ends with `work`.
 * @param purpose `look`: that server begins nothing, and there must be something to look at
 */
export async function withServer<Result>(
  session: Session,
  flags: ServerFlags,
  work: (client: ServerClient) => Promise<Result>,
  purpose: "look" | "work" = "look",
): Promise<Result> {
  const named = await namedServer(session, flags);
  if (named !== null) return work(named);
  const dataFolder = path.resolve(session.context.cwd, flags.data ?? defaultDataFolder());
  const running = await findServer(dataFolder);
  if (running !== null) {
    const { key } = serverSettings();
    return work(await greeted(session, new ServerClient({ url: running.url, key })));
  }
  const isThere = await stat(path.join(dataFolder, "database")).then(
    () => true,
    () => false,
  );
  if (!isThere && purpose === "look") {
    throw new ReelburstError("SERVER_NOT_RUNNING", `No server has kept anything in ${dataFolder}.`, {
      hint: "Start one with the command serve, or name another with --server or --data.",
    });
  }
  // Others on this machine are not let in by the way.
  const key = randomBytes(32).toString("base64url");
  const { serve } = await import("../server/serve.ts");
  const server = await serve(await session.openApp(), {
    host: "127.0.0.1",
    port: 0,
    dataFolder,
    localFolders: [],
    requireKey: true,
    ownKey: key,
    fetchAllow: session.config.fetchAllow,
    version: session.context.version,
    logTo: purpose === "look" ? { write: () => {} } : session.context.stderr,
    lookOnly: purpose === "look",
  });
  try {
    return await work(new ServerClient({ url: server.url, key }));
  } finally {
    await server.close();
  }
}

async function greeted(session: Session, client: ServerClient): Promise<ServerClient> {
  await client.greet(session.context.version, session.stop.signal);
  return client;
}
