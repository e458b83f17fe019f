/**
 * `server.json` in the data folder: where the server that owns the folder is reached. For this user alone to read, and
 * never asked for the truth: the lock decides who owns the folder, and whoever reads this asks the address itself.
 */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { temporaryBeside } from "../support/atomic-file.ts";
import { ownerOf, ownerState, processTag } from "../support/process-identity.ts";

const NAME = "server.json";

export interface RunningServerFacts {
  readonly url: string;
  readonly version: string;
  /** `processTag` of the server. */
  readonly tag: string;
}

export async function announceServer(
  dataFolder: string,
  facts: Omit<RunningServerFacts, "tag">,
): Promise<void> {
  const file = path.join(dataFolder, NAME);
  const temporary = temporaryBeside(file);
  await writeFile(temporary, `${JSON.stringify({ ...facts, tag: processTag() })}\n`, {
    mode: 0o600,
    flag: "wx",
  });
  await rename(temporary, file);
}

/** To be called before the folder's lock is given up: afterwards the file may be the next server's. */
export async function withdrawServer(dataFolder: string): Promise<void> {
  await rm(path.join(dataFolder, NAME), { force: true });
}

/** Null: none is known, or its process is gone. */
export async function findServer(dataFolder: string): Promise<RunningServerFacts | null> {
  try {
    const facts = JSON.parse(await readFile(path.join(dataFolder, NAME), "utf8")) as RunningServerFacts;
    const owner = ownerOf(facts.tag);
    const isHttp = URL.canParse(facts.url) && /^https?:$/.test(new URL(facts.url).protocol);
    return isHttp && owner !== null && ownerState(owner) !== "dead" ? facts : null;
  } catch {
    return null;
  }
}
