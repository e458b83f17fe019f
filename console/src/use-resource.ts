import { useCallback, useEffect, useState } from "preact/hooks";
import { ask, key, type Refusal } from "./api/client.ts";

export interface Resource<Value> {
  readonly value: Value | null;
  readonly error: Refusal | null;
  readonly reload: () => void;
}

/** What an address answers; asked again every `everyMs` while the page is looked at. */
export function useResource<Value>(path: string, everyMs: number | null = null): Resource<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<Refusal | null>(null);
  const [turn, setTurn] = useState(0);
  const usedKey = key.value;
  useEffect(() => {
    const stop = new AbortController();
    ask<Value>(path, { signal: stop.signal }).then(
      (answer) => {
        setValue(() => answer);
        setError(null);
      },
      (refusal: Refusal) => {
        if (!stop.signal.aborted) setError(refusal);
      },
    );
    return () => stop.abort();
  }, [path, turn, usedKey]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);
  return { value, error, reload };
}
