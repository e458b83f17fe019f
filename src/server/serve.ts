/** A server from its options to its end: the service opened, the application built on it, the socket, the drain. */
import path from "node:path";
import { pino } from "pino";
import type { App, ServerRetention } from "../app.ts";
import { announceServer, withdrawServer } from "../client/server-file.ts";
import { SecretStore } from "../storage/secret-store.ts";
import { systemClock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import { sweepTempDirs } from "../support/temp-dir.ts";
import { makeKey } from "./auth/keys.ts";
import { KEY_TABLES, SqlKeyStore } from "./auth/sql-key-store.ts";
import { COMPAT_TABLES } from "./compat/compat-job-store.ts";
import type { Scope } from "./contracts.ts";
import { createServer } from "./create-server.ts";
import { DEFAULT_LIMITS, type ServerDependencies, type ServerLimits } from "./dependencies.ts";
import { closeGently, listen } from "./listen.ts";
import { createMetrics } from "./metrics.ts";
import { periodically } from "./periodic.ts";
import { openLinkSigner } from "./signed-links.ts";
import { createStorageWatch } from "./storage-watch.ts";
import { createWebhookDesk, startWebhooks } from "./webhook-desk.ts";

export interface ServeOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absolute. */
  readonly dataFolder: string;
  /** Absolute; honoured on a loopback address only. */
  readonly localFolders: readonly string[];
  readonly requireKey: boolean;
  /** Hosts off the public internet that webhooks may lead to. */
  readonly fetchAllow: readonly string[];
  /** Default: everything is kept for good. */
  readonly retention?: ServerRetention;
  readonly limits?: Partial<ServerLimits>;
  readonly version: string;
  /** For a look into the folder: nothing queued is begun, nobody is told, the server is not announced. */
  readonly lookOnly?: boolean;
  /** Wanted of every request, or another one: for a server that one process has started for itself. */
  readonly ownKey?: string;
  /** Gets log lines as JSON. */
  readonly logTo: { write(text: string): unknown };
}

export interface RunningServer {
  readonly url: string;
  /** Gives work back, ends event streams, answers what was asked, closes the database. */
  close(): Promise<void>;
}

const CLEAN_UP_MS = 6 * 3_600_000;
const WATCH_MS = 60_000;

/** @throws ReelburstError KEY_MISSING, LOCAL_FOLDERS_EXPOSED, PORT_TAKEN, ADDRESS_UNUSABLE, DATA_FOLDER_LOCKED */
export async function serve(app: App, options: ServeOptions): Promise<RunningServer> {
  const isLoopback = isLoopbackHost(options.host);
  if (!isLoopback && options.localFolders.length > 0) {
    throw new ReelburstError(
      "LOCAL_FOLDERS_EXPOSED",
      "--allow-folder is for a server that only this machine can reach.",
      {
        hint: "Leave it out, or serve on 127.0.0.1.",
      },
    );
  }
  const log = pino(
    { base: null, redact: ["req.headers", "headers.authorization", "*.authorization"] },
    { write: (text) => void options.logTo.write(text) },
  );
  const metrics = createMetrics();
  const service = await app.openService({
    dataFolder: options.dataFolder,
    localFolders: options.localFolders,
    tables: [KEY_TABLES, COMPAT_TABLES],
    role: options.lookOnly === true ? "looker" : "server",
    onEnd: ({ id, state, seconds, error }) => {
      metrics.productionsEnded.inc({ state });
      metrics.processingSeconds.observe({ state }, seconds);
      if (error !== null) metrics.errors.inc({ code: error.code });
      log.info({ production: id, state, seconds, code: error?.code }, "production ended");
    },
    onTrouble: (error) => log.error({ err: error.cause ?? error, code: error.code }, error.message),
  });
  const draining = new AbortController();
  const spoolFolder = path.join(options.dataFolder, "spool");
  try {
    await sweepTempDirs(spoolFolder, systemClock.now());
    const keys = new SqlKeyStore(service.database);
    const secrets = new SecretStore(service.database, systemClock.now);
    if (!isLoopback && (await keys.list()).length === 0) {
      throw new ReelburstError("KEY_MISSING", `Whoever reaches ${options.host} could use this server.`, {
        hint: "Make a key first, with --new-key and a name, or serve on 127.0.0.1.",
      });
    }
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const webhooks = createWebhookDesk(service.database, secrets);
    const dependencies: ServerDependencies = {
      service,
      webhooks,
      storage: createStorageWatch(() => service.diskFreeBytes(), limits.minDiskBytes, log),
      version: options.version,
      guard: {
        keys,
        keyRequired: options.requireKey || !isLoopback || options.ownKey !== undefined,
        ownKey: options.ownKey,
        links: await openLinkSigner(secrets, systemClock.now),
      },
      log,
      metrics,
      clock: systemClock,
      limits,
      spoolFolder,
      draining: draining.signal,
    };
    const server = await createServer(dependencies);
    const url = await listen(server, options.host, options.port);
    if (options.lookOnly === true) {
      return {
        url,
        close: async () => {
          draining.abort();
          await closeGently(server);
          await service.close();
        },
      };
    }
    await announceServer(options.dataFolder, { url: reachable(url), version: options.version });
    const onTrouble = (error: ReelburstError): void =>
      log.error({ err: error.cause ?? error, code: error.code }, error.message);
    const deliverer = startWebhooks(webhooks, { secrets, fetchAllow: options.fetchAllow, onTrouble });
    const retention = options.retention ?? { filmDays: null, assetDays: null };
    const sweep = async (): Promise<void> => {
      const swept = await service.cleanUp(retention, systemClock.now());
      if (Object.values(swept).some((count) => count > 0)) log.info(swept, "cleaned up");
    };
    const look = async (): Promise<void> => void (await dependencies.storage.isLow());
    const stops = [
      periodically(systemClock, CLEAN_UP_MS, sweep, onTrouble),
      periodically(systemClock, WATCH_MS, look, onTrouble),
    ];
    log.info({ url, data: path.basename(options.dataFolder) }, "listening");
    return {
      url,
      close: async () => {
        log.info("draining");
        draining.abort();
        const tasks = [deliverer.close(), ...stops.map((stop) => stop())];
        await Promise.all([closeGently(server), service.drain(), ...tasks]);
        await withdrawServer(options.dataFolder);
        await service.close();
        log.info("closed");
      },
    };
  } catch (error) {
    await service.close();
    throw error;
  }
}

/** Makes a key in a data folder that no server uses. @returns the key, which nobody can be told again */
export async function makeKeyIn(
  app: App,
  dataFolder: string,
  name: string,
  scopes: readonly Scope[],
): Promise<string> {
  const service = await app.openService({
    dataFolder,
    localFolders: [],
    tables: [KEY_TABLES],
    role: "looker",
    onEnd: () => {},
    onTrouble: () => {},
  });
  try {
    const { key, stored } = makeKey(name, scopes, systemClock.now());
    await new SqlKeyStore(service.database).add(stored);
    return key;
  } finally {
    await service.close();
  }
}

/** An address to listen on may be every address of this machine, which is none to connect to. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
