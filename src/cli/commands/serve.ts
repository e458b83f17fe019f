import path from "node:path";
import { ServerClient } from "../../client/server-client.ts";
import { findServer } from "../../client/server-file.ts";
import { defaultDataFolder, serverSettings } from "../../config.ts";
import { makeKeyIn, serve } from "../../server/serve.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";

export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly allowFolder?: readonly string[];
  readonly requireKey?: boolean;
  readonly maxAssetMb?: number;
  /** Days. */
  readonly keepFilms?: number;
  readonly keepAssets?: number;
  /** Its name. */
  readonly newKey?: string;
}

/** Serves until it is told to stop; the address is the first line on stdout, the log goes to stderr. */
export async function serveCommand(session: Session, flags: ServeFlags): Promise<number> {
  const { context, stop, json } = session;
  const dataFolder = path.resolve(context.cwd, flags.data ?? defaultDataFolder());
  if (flags.newKey !== undefined) {
    const key = await newKey(session, dataFolder, flags.newKey);
    if (json) writeJsonLine(context.stdout, { type: "key", name: flags.newKey, key });
    else session.print([key]);
    session.say(["Keep it: the server has only its hash and can't show it again."]);
    return EXIT_CODES.success.code;
  }
  const server = await serve(await session.openApp(), {
    host: flags.host,
    port: flags.port,
    dataFolder,
    localFolders: (flags.allowFolder ?? []).map((folder) => path.resolve(context.cwd, folder)),
    requireKey: flags.requireKey === true,
    fetchAllow: session.config.fetchAllow,
    limits: flags.maxAssetMb === undefined ? {} : { maxAssetBytes: flags.maxAssetMb * 1e6 },
    retention: { filmDays: flags.keepFilms ?? null, assetDays: flags.keepAssets ?? null },
    version: context.version,
    logTo: context.stderr,
  });
  if (json) writeJsonLine(context.stdout, { type: "listening", url: server.url, data: dataFolder });
  else session.print([server.url]);
  session.say([`Data: ${printable(dataFolder)}. API: ${server.url}/docs. Stop with Ctrl+C.`]);
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    else stop.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
  return EXIT_CODES.success.code;
}

/** Of the server that has the folder, if one has: the folder is locked then. */
async function newKey(session: Session, dataFolder: string, name: string): Promise<string> {
  const running = await findServer(dataFolder);
  if (running === null) return makeKeyIn(await session.openApp(), dataFolder, name, ["admin"]);
  const client = new ServerClient({ url: running.url, key: serverSettings().key });
  const body = { name, scopes: ["admin"] };
  return (await client.json<{ key: string }>("POST", "/v1/keys", { body, signal: session.stop.signal })).key;
}
