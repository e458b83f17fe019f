/** Server-Sent Events by fetch: EventSource can send no key, and a key in an address would end in logs. */
import { refusalOf, withKey } from "./client.ts";
import { parseEvents, type StreamEvent } from "./parse-events.ts";

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly after?: number;
  /** The server ends the stream by itself and that is all of it. */
  readonly endsItself?: boolean;
  readonly onEvent: (event: StreamEvent) => void;
  /** Whether the line is up; called on every change. */
  readonly onLine?: (isUp: boolean) => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** Goes on after a broken line, from the last event heard; resolves when the stream is over or stopped. */
export async function follow(path: string, options: StreamOptions): Promise<void> {
  let after = options.after ?? 0;
  let pauseMs = FIRST_PAUSE_MS;
  while (!options.signal.aborted) {
    try {
      const response = await fetch(path, {
        headers: withKey(after > 0 ? { "last-event-id": String(after) } : {}),
        signal: options.signal,
      });
      if (!response.ok) throw await refusalOf(response);
      if (response.body === null) return;
      options.onLine?.(true);
      let text = "";
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        pauseMs = FIRST_PAUSE_MS;
        const parsed = parseEvents(text + value);
        text = parsed.rest;
        for (const event of parsed.events) {
          if (event.id !== null) after = event.id;
          options.onEvent(event);
        }
      }
      if (options.endsItself === true) return;
    } catch {
      if (options.signal.aborted) return;
    }
    options.onLine?.(false);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
