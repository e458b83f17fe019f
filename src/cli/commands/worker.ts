import path from "node:path";
import { defaultDataFolder } from "../../config.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";

export interface WorkerFlags {
  readonly data?: string;
}

/** Works for the servers on the same PostgreSQL until it is told to stop; its name is the first line on stdout. */
export async function workerCommand(session: Session, flags: WorkerFlags): Promise<number> {
  const { context, stop, json } = session;
  const dataFolder = path.resolve(context.cwd, flags.data ?? defaultDataFolder());
  const log = (level: "info" | "error", line: object): void => {
    context.stderr.write(`${JSON.stringify({ level, time: context.now(), ...line })}\n`);
  };
  const app = await session.openApp();
  const service = await app.openService({
    dataFolder,
    localFolders: [],
    role: "worker",
    tables: [],
    onEnd: ({ id, state, seconds, error }) =>
      log("info", { msg: "production ended", production: id, state, seconds, code: error?.code }),
    onTrouble: (error) => log("error", { msg: error.message, code: error.code }),
  });
  if (json) writeJsonLine(context.stdout, { type: "working", worker: service.workerId, data: dataFolder });
  else session.print([service.workerId]);
  session.say([`Data: ${printable(dataFolder)}. Stop with Ctrl+C.`]);
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    else stop.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  log("info", { msg: "draining" });
  await service.drain();
  await service.close();
  log("info", { msg: "closed" });
  return EXIT_CODES.success.code;
}
