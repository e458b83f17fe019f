/**
 * Notices an input that is written to while it is worked with. Work is stored under the digest of what was read
 * first; made from other bytes, it would be found under the wrong name by every later run.
 *
 * Size and time of change are compared, not content: hashing each picture again for each chunk would cost
 * more than it could find.
 */
import { stat } from "node:fs/promises";
import { ReelburstError } from "../support/errors.ts";
import { sha256File } from "../support/hash.ts";

export class InputMarks {
  readonly #marks = new Map<string, Mark>();
  readonly #digests = new Map<string, string>();

  /** Call before the first byte is read. */
  async note(file: string): Promise<void> {
    if (!this.#marks.has(file)) this.#marks.set(file, await markOf(file));
  }

  /**
   * For a file that was read before it could be noted, such as a font, which lives longer than one run of the plan.
   * @throws ReelburstError INPUT_CHANGED when it no longer is what was read
   */
  async noteAs(file: string, sha256: string): Promise<void> {
    await this.note(file);
    this.#digests.set(file, sha256);
    if (!(await holds(file, sha256))) throw changed(file);
  }

  /** @throws ReelburstError INPUT_CHANGED; files never noted are taken as they are */
  async requireUnchanged(file: string): Promise<void> {
    const noted = this.#marks.get(file);
    if (noted === undefined) return;
    const now = await markOf(file);
    if (noted.content === now.content && noted.changed === now.changed) return;
    // A package manager that links a font into another project changes the time of its inode, and nothing else.
    const digest = this.#digests.get(file);
    if (digest !== undefined && noted.content === now.content && (await holds(file, digest))) {
      this.#marks.set(file, now);
      return;
    }
    throw changed(file);
  }
}

function changed(file: string): ReelburstError {
  return new ReelburstError("INPUT_CHANGED", `${file} was changed while the film was made.`, {
    path: file,
    hint: "Run again when nothing writes to it any more.",
  });
}

interface Mark {
  readonly content: string;
  /** Of the inode: also when the file was only linked or renamed. */
  readonly changed: number;
}

async function markOf(file: string): Promise<Mark> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return { content: `${ino}:${size}:${mtimeMs}`, changed: ctimeMs };
  } catch {
    return { content: "gone", changed: 0 };
  }
}

async function holds(file: string, sha256: string): Promise<boolean> {
  return (await sha256File(file).catch(() => null)) === sha256;
}
