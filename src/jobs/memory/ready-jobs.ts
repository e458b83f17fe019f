import type { StoredJob } from "./stored-job.ts";

/**
 * The jobs of one queue that may be taken now, and whose turn it is.
 *
 * The order in SQL: `ORDER BY priority DESC, last time the group was served ASC (never first), number ASC`.
 */
export class ReadyJobs {
  /** Per group: highest priority first, then oldest first. */
  readonly #byGroup = new Map<string, StoredJob[]>();
  /** Group -> turn at which it was last served. Forgotten with the group. */
  readonly #servedAt = new Map<string, number>();
  #turn = 0;

  add(job: StoredJob): void {
    const jobs = this.#byGroup.get(job.group);
    if (jobs === undefined) this.#byGroup.set(job.group, [job]);
    else jobs.splice(placeOf(jobs, job), 0, job);
  }

  remove(job: StoredJob): void {
    const jobs = this.#byGroup.get(job.group) ?? [];
    const place = placeOf(jobs, job);
    if (jobs[place] !== job) return;
    jobs.splice(place, 1);
    if (jobs.length === 0) this.#byGroup.delete(job.group);
  }

  /** Takes the job whose turn it is; its group goes to the back of the line. */
  takeNext(): StoredJob | null {
    let next: StoredJob | undefined;
    for (const [first] of this.#byGroup.values()) {
      if (first !== undefined && (next === undefined || this.#isBefore(first, next))) next = first;
    }
    if (next === undefined) return null;
    this.remove(next);
    this.#servedAt.set(next.group, this.#turn++);
    return next;
  }

  forget(group: string): void {
    this.#servedAt.delete(group);
  }

  #isBefore(a: StoredJob, b: StoredJob): boolean {
    if (a.priority !== b.priority) return a.priority > b.priority;
    const turnA = this.#servedAt.get(a.group) ?? -1;
    const turnB = this.#servedAt.get(b.group) ?? -1;
    return turnA === turnB ? a.number < b.number : turnA < turnB;
  }
}

/** Index of `job` in a sorted list, or where it belongs. */
function placeOf(jobs: readonly StoredJob[], job: StoredJob): number {
  let low = 0;
  let high = jobs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = jobs[middle];
    const before =
      other !== undefined &&
      (other.priority === job.priority ? other.number < job.number : other.priority > job.priority);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
