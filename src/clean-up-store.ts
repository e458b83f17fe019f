/** The part of the clean-up that concerns a shared store: films of productions that are no more. */
import { knownProductions } from "./produce/store/expire-productions.ts";
import type { Database } from "./storage/database.ts";
import type { ObjectStore } from "./storage/object-store.ts";

/**
 * Rows go before films, so a crash in between leaves films of nobody's: they are found here, by looking at all there is.
 * Assets stay: between looking for who names one and deleting it another server may take a production that does.
 *
 * @param expired productions whose rows have just gone
 * @param beforeMs what else belongs to no production and is older than that goes too
 * @returns productions not among `expired` whose files are deleted
 */
export async function sweepStore(
  database: Database,
  store: ObjectStore,
  expired: ReadonlySet<string>,
  beforeMs: number,
): Promise<number> {
  const swept = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await store.list({ prefix: "videos/", cursor });
    const found = page.objects.flatMap(({ key, modifiedAtMs }) => {
      const id = /^videos\/[^/]+\/([0-9a-f]{32})\//.exec(key)?.[1];
      return id !== undefined && (expired.has(id) || modifiedAtMs < beforeMs) ? [{ key, id }] : [];
    });
    const known = await knownProductions(database, [...new Set(found.map(({ id }) => id))]);
    for (const { key, id } of found.filter((each) => !known.has(each.id))) {
      await store.delete(key);
      if (!expired.has(id)) swept.add(id);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return swept.size;
}
