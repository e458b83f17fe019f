/** `backup` and `restore`: a server's state as one file, and back. */
import path from "node:path";
import { type BackupReport, backUp, restore } from "../../backup.ts";
import { defaultDataFolder } from "../../config.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { countOf, formatBytes } from "../text/formats.ts";
import { printable } from "../text/printable.ts";

export interface BackupFlags {
  readonly data?: string;
}

export async function backupCommand(session: Session, file: string, flags: BackupFlags): Promise<number> {
  const { context, stop } = session;
  const dataFolder = folderOf(session, flags);
  const target = path.resolve(context.cwd, file);
  const app = await session.openApp();
  const report = await backUp(app, {
    dataFolder,
    file: target,
    program: context.version,
    signal: stop.signal,
  });
  return say(session, "backedUp", report, target);
}

export async function restoreCommand(session: Session, file: string, flags: BackupFlags): Promise<number> {
  const dataFolder = folderOf(session, flags);
  const source = path.resolve(session.context.cwd, file);
  const report = await restore({ file: source, dataFolder, signal: session.stop.signal });
  return say(session, "restored", report, dataFolder);
}

function folderOf(session: Session, flags: BackupFlags): string {
  return path.resolve(session.context.cwd, flags.data ?? defaultDataFolder());
}

function say(session: Session, type: "backedUp" | "restored", report: BackupReport, to: string): number {
  if (session.json) writeJsonLine(session.context.stdout, { type, ...report, path: to });
  else {
    const { productions, files, sizeBytes } = report;
    session.say([
      `${countOf(productions, "production")}, ${countOf(files, "file")}, ${formatBytes(sizeBytes)}`,
    ]);
    session.print([printable(to)]);
  }
  return EXIT_CODES.success.code;
}
