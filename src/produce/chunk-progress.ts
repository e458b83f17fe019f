/**
 * Frames drawn of chunks under way, from executors to coordinators: at once within this process, a few times a second
 * by NOTIFY to others. Hints only: what is lost is overtaken by the next report.
 */
import type { Database } from "../storage/database.ts";
import type { Clock } from "../support/clock.ts";

const CHANNEL = "reelburst_frames";
const SEND_EVERY_MS = 500;
/** A notice of PostgreSQL holds 8,000 bytes; one entry takes about 120. */
const ENTRIES_PER_NOTICE = 40;

export type FramesListener = (chunkKey: string, frames: number) => void;

export class ChunkProgress {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Map<string, Set<FramesListener>>();
  readonly #unsent = new Map<string, readonly [group: string, chunkKey: string, frames: number]>();
  #isArmed = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** From now on other processes are heard. @returns a function that stops it */
  listen(): Promise<() => Promise<void>> {
    return this.#database.listen(CHANNEL, (payload) => {
      for (const [group, chunkKey, frames] of readNotice(payload)) this.#tell(group, chunkKey, frames);
    });
  }

  report(group: string, chunkKey: string, frames: number): void {
    // A production is coordinated in one place: when that is here, nobody else needs to know.
    if (this.#tell(group, chunkKey, frames)) return;
    this.#unsent.set(`${group} ${chunkKey}`, [group, chunkKey, frames]);
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#clock.after(SEND_EVERY_MS, () => {
      this.#isArmed = false;
      this.#send();
    });
  }

  subscribe(group: string, listener: FramesListener): () => void {
    const listeners = this.#listeners.get(group) ?? new Set();
    this.#listeners.set(group, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(group) === listeners) this.#listeners.delete(group);
    };
  }

  #tell(group: string, chunkKey: string, frames: number): boolean {
    const listeners = this.#listeners.get(group);
    for (const listener of listeners ?? []) listener(chunkKey, frames);
    return listeners !== undefined;
  }

  #send(): void {
    const entries = [...this.#unsent.values()];
    this.#unsent.clear();
    for (let first = 0; first < entries.length; first += ENTRIES_PER_NOTICE) {
      const text = JSON.stringify(entries.slice(first, first + ENTRIES_PER_NOTICE));
      this.#database.query("SELECT pg_notify($1, $2)", [CHANNEL, text]).catch(() => {});
    }
  }
}

/** From another version of this program it may be anything. */
function readNotice(payload: string | null): readonly (readonly [string, string, number])[] {
  try {
    const entries: unknown = JSON.parse(payload ?? "[]");
    if (!Array.isArray(entries)) return [];
    return (entries as unknown[]).filter(
      (each): each is [string, string, number] =>
        Array.isArray(each) &&
        typeof each[0] === "string" &&
        typeof each[1] === "string" &&
        typeof each[2] === "number",
    );
  } catch {
    return [];
  }
}
