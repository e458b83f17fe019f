/** What earlier runs were told, so that nothing is paid for twice. */
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../support/atomic-file.ts";
import { ownerOf, ownerState, processTag } from "../../support/process-identity.ts";

export interface Intent {
  readonly provider: string;
  readonly model: string;
  readonly estimateMicros: number | null;
  /** ISO 8601. */
  readonly at: string;
}

export interface AnswerStore<Answer> {
  get(id: string): Promise<Answer | null>;
  /** Stores an answer and ends its intent. */
  put(id: string, answer: Answer): Promise<void>;
  /**
   * Says that a call is about to be made.
   * @returns the intent of a process that died in the same call, once
   */
  intend(id: string, intent: Intent): Promise<Intent | null>;
  /** The call has ended without an answer. */
  settle(id: string): Promise<void>;
}

/** How an answer becomes bytes. `decode` gives null for what it can't read: then it is asked for again. */
export interface AnswerCodec<Answer> {
  encode(answer: Answer): Uint8Array;
  decode(bytes: Uint8Array): Answer | null;
}

/** One file an answer, named by the digest of the request; the same folder serves every film. */
export function fileAnswers<Answer>(folder: string, codec: AnswerCodec<Answer>): AnswerStore<Answer> {
  const answerFile = (id: string): string => path.join(folder, `${id}.answer`);
  const intentName = (id: string): string => `${id}.${processTag()}.intent`;
  return {
    get: async (id) => {
      const bytes = await readFile(answerFile(id)).catch(() => null);
      return bytes === null ? null : codec.decode(bytes);
    },
    put: async (id, answer) => {
      await writeFileAtomic(answerFile(id), codec.encode(answer));
      await rm(path.join(folder, intentName(id)), { force: true });
    },
    intend: async (id, intent) => {
      const orphan = await takeOrphan(folder, id);
      await writeFileAtomic(path.join(folder, intentName(id)), JSON.stringify(intent));
      return orphan;
    },
    settle: (id) => rm(path.join(folder, intentName(id)), { force: true }),
  };
}

async function takeOrphan(folder: string, id: string): Promise<Intent | null> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${id}.`) || !name.endsWith(".intent")) continue;
    const owner = ownerOf(name.slice(id.length));
    if (owner === null || ownerState(owner) !== "dead") continue;
    const file = path.join(folder, name);
    const text = await readFile(file, "utf8").catch(() => null);
    await rm(file, { force: true });
    if (text === null) continue;
    try {
      return JSON.parse(text) as Intent;
    } catch {
      // Half a file: the call had not begun.
    }
  }
  return null;
}
