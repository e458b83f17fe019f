import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, key, type Refusal } from "../../api/client.ts";
import { follow } from "../../api/events.ts";
import type { Page, Summary } from "../../api/types.ts";
import { type Filter, matches, merge } from "./merge.ts";

const PAGE = 50;
/** Changes that another server makes are not told; a look now and then finds them. */
const LOOK_EVERY_MS = 20_000;

export interface Productions {
  /** null: not known yet. */
  readonly rows: readonly Summary[] | null;
  readonly error: Refusal | null;
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly reload: () => void;
}

function address(filter: Filter, search: string, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (filter !== "all") query.set("status", filter);
  if (search !== "") query.set("search", search);
  if (cursor !== null) query.set("cursor", cursor);
  return `/v1/productions?${query}`;
}

export function useProductions(filter: Filter, search: string): Productions {
  const [rows, setRows] = useState<readonly Summary[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<Refusal | null>(null);
  const [turn, setTurn] = useState(0);
  const isLoadingMore = useRef(false);
  const usedKey = key.value;

  useEffect(() => {
    const stop = new AbortController();
    let isFirst = true;
    const load = (): void => {
      ask<Page>(address(filter, search, null), { signal: stop.signal }).then(
        (page) => {
          // Only the first look decides where the next page begins: a later one must not forget what was loaded.
          setRows((before) => (isFirst ? page.productions : merge(before ?? [], page.productions)));
          if (isFirst) setCursor(page.nextCursor);
          isFirst = false;
          setError(null);
        },
        (refusal: Refusal) => {
          if (!stop.signal.aborted) setError(refusal);
        },
      );
    };
    void follow("/v1/events", {
      signal: stop.signal,
      onLine: (isUp) => isUp && load(),
      onEvent: ({ type, data }) => {
        if (type !== "production") return;
        const changed = data as unknown as Summary;
        setRows((before) =>
          before === null ? null : merge(before, [changed]).filter((row) => matches(row, filter, search)),
        );
      },
    });
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), LOOK_EVERY_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [filter, search, turn, usedKey]);

  const more = useCallback(() => {
    if (cursor === null || isLoadingMore.current) return;
    isLoadingMore.current = true;
    ask<Page>(address(filter, search, cursor))
      .then(
        (page) => {
          setRows((before) => merge(before ?? [], page.productions));
          setCursor(page.nextCursor);
        },
        (refusal: Refusal) => setError(refusal),
      )
      .finally(() => {
        isLoadingMore.current = false;
      });
  }, [cursor, filter, search]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { rows, error, hasMore: cursor !== null, more, reload };
}
