/** Processes of one service, on one PostgreSQL and one store, each with a disk of its own. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Served } from "../e2e/support/server.ts";

export interface ServiceCluster {
  readonly env: Readonly<Record<string, string>>;
  readonly running: readonly Served[];
  start(command: "serve" | "worker"): Promise<Served>;
  /** Ends what still runs. */
  stop(): Promise<void>;
}

/**
 * @param folder absolute; gets everything the processes keep
 * @param env beside the database and, unless it is named there, a store in the folder
 */
export function openCluster(
  folder: string,
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): ServiceCluster {
  const all = {
    DATABASE_URL: databaseUrl,
    STORAGE_URL: pathToFileURL(path.join(folder, "store")).href,
    REELBURST_SLOTS: "1",
    ...env,
  };
  const running: Served[] = [];
  let started = 0;
  return {
    env: all,
    running,
    async start(command) {
      const place = path.join(folder, `process-${++started}`);
      const served = await Served.start({
        data: path.join(place, "data"),
        cache: path.join(place, "cache"),
        env: all,
        command,
      });
      running.push(served);
      return served;
    },
    stop: async () => {
      await Promise.all(running.splice(0).map((each) => each.stop()));
    },
  };
}
