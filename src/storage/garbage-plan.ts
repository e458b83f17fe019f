/** What the plan must know of an entry. */
export interface GarbageCandidate {
  readonly key: string;
  readonly sizeBytes: number;
  /** Wall time, milliseconds since the epoch. */
  readonly lastUsedMs: number;
}

export interface GarbageRules {
  /** Nothing goes while all entries together are no larger than this. */
  readonly maxBytes: number;
  /** Once over it, entries go until no more than this is left: not every put should have to collect. */
  readonly targetBytes: number;
  /** Entries used at this time or later stay. */
  readonly keepSinceMs: number;
  readonly pinned: ReadonlySet<string>;
}

/**
 * Which entries go, least recently used first. Entries in use stay even if that leaves the cache over its limit:
 * a full disk is reported, a film with a hole is not.
 *
 * A use in the future (the clock was set back) counts as recent.
 */
export function planGarbage<T extends GarbageCandidate>(
  entries: readonly T[],
  rules: GarbageRules,
): readonly T[] {
  let totalBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (totalBytes <= rules.maxBytes) return [];
  const victims: T[] = [];
  for (const entry of entries.toSorted(byAge)) {
    if (totalBytes <= rules.targetBytes) break;
    if (entry.lastUsedMs >= rules.keepSinceMs || rules.pinned.has(entry.key)) continue;
    victims.push(entry);
    totalBytes -= entry.sizeBytes;
  }
  return victims;
}

/** Equal times are common (a folder restored from a backup): the key decides, so that every process agrees. */
function byAge(a: GarbageCandidate, b: GarbageCandidate): number {
  return a.lastUsedMs - b.lastUsedMs || (a.key < b.key ? -1 : 1);
}
