import { useEffect, useState } from "preact/hooks";
import { ask, Refusal } from "../../api/client.ts";
import type { Issue, Quotes, Validated } from "../../api/types.ts";

export interface Checked {
  readonly state: "none" | "checking" | "wrong" | "right";
  readonly issues: readonly Issue[];
  readonly quotes: Quotes | null;
}

const NONE: Checked = { state: "none", issues: [], quotes: null };
const PAUSE_MS = 400;
const AGAIN_MS = 1500;

/** What the server thinks of a document, and what it would take. Asked when the document has stood still. */
export function useCheck(document: Record<string, unknown> | null): Checked {
  const [checked, setChecked] = useState<Checked>(NONE);
  const text = document === null ? null : JSON.stringify(document);
  useEffect(() => {
    if (text === null) {
      setChecked(NONE);
      return;
    }
    const stop = new AbortController();
    const { signal } = stop;
    setChecked((before) => ({ ...before, state: "checking" }));
    const run = async (): Promise<void> => {
      const json: unknown = JSON.parse(text);
      const { valid, issues } = await ask<Validated>("/v1/productions/validate", {
        method: "POST",
        json,
        signal,
      });
      setChecked({ state: valid ? "right" : "wrong", issues, quotes: null });
      while (valid && !signal.aborted) {
        try {
          const quotes = await ask<Quotes>("/v1/quotes", { method: "POST", json, signal });
          setChecked({ state: "right", issues, quotes });
          return;
        } catch (error) {
          // One quote at a time: somebody else's is being made.
          if (!(error instanceof Refusal) || error.code !== "QUOTES_BUSY") throw error;
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      }
    };
    const timer = setTimeout(() => {
      run().catch((error: unknown) => {
        if (signal.aborted) return;
        const issues = error instanceof Refusal ? [...error.issues] : [];
        const own: Issue[] =
          error instanceof Refusal && issues.length === 0
            ? [
                {
                  severity: "error",
                  code: error.code,
                  path: error.path ?? "",
                  message: error.message,
                  hint: error.hint,
                },
              ]
            : issues;
        setChecked({ state: "wrong", issues: own, quotes: null });
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return checked;
}
