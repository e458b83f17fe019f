import { useCallback, useEffect, useState } from "preact/hooks";
import { ask, key, type Refusal } from "../../api/client.ts";
import { follow } from "../../api/events.ts";
import type { Issue, Production } from "../../api/types.ts";
import { isEnded } from "../../states.ts";
import { applyEvent } from "./apply-event.ts";

export interface LiveProduction {
  readonly production: Production | null;
  readonly error: Refusal | null;
  /** false: what is shown may be old. */
  readonly isLive: boolean;
  readonly notices: readonly Issue[];
  readonly reload: () => void;
  readonly replace: (production: Production) => void;
}

const LOOK_EVERY_MS = 5000;

export function useProduction(id: string): LiveProduction {
  const [production, setProduction] = useState<Production | null>(null);
  const [error, setError] = useState<Refusal | null>(null);
  const [isLive, setLive] = useState(true);
  const [notices, setNotices] = useState<readonly Issue[]>([]);
  const [turn, setTurn] = useState(0);
  const usedKey = key.value;

  useEffect(() => {
    const stop = new AbortController();
    const load = async (): Promise<Production> => {
      const fresh = await ask<Production>(`/v1/productions/${id}`, { signal: stop.signal });
      setProduction((before) =>
        before !== null && before.attempt === fresh.attempt && before.lastEventId > fresh.lastEventId
          ? before
          : fresh,
      );
      setError(null);
      return fresh;
    };
    const run = async (): Promise<void> => {
      const first = await load();
      if (isEnded(first.status)) return;
      let isLooking = false;
      // Events tell what changes; who does the work stands in the production alone.
      const timer = setInterval(() => void load().catch(() => {}), LOOK_EVERY_MS);
      stop.signal.addEventListener("abort", () => clearInterval(timer));
      await follow(`/v1/productions/${id}/events`, {
        signal: stop.signal,
        after: first.lastEventId,
        endsItself: true,
        onLine: setLive,
        onEvent: (event) => {
          if (event.type === "notice") setNotices((before) => [...before, event.data["notice"] as Issue]);
          setProduction((before) => {
            if (before === null) return null;
            const next = applyEvent(before, event);
            if (next === null && !isLooking) {
              isLooking = true;
              void load()
                .finally(() => {
                  isLooking = false;
                })
                .catch(() => {});
            }
            return next ?? before;
          });
        },
      });
      clearInterval(timer);
      if (!stop.signal.aborted) await load();
    };
    run().catch((refusal: Refusal) => {
      if (!stop.signal.aborted) setError(refusal);
    });
    return () => stop.abort();
  }, [id, turn, usedKey]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const replace = useCallback(
    (fresh: Production) => {
      setProduction(fresh);
      reload();
    },
    [reload],
  );
  return { production, error, isLive, notices, reload, replace };
}
