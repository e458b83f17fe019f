import type { OutputStream } from "../context.ts";
import { printableJson } from "../text/printable.ts";
import type { Presenter } from "./presenter.ts";

/**
 * JSON lines: the very events, each with the time (`at`, ISO 8601) and whatever `extra` names its source.
 * The last one is `succeeded` or `failed`.
 */
export function createJson(
  stream: OutputStream,
  now: () => number,
  extra: Readonly<Record<string, string>> = {},
): Presenter {
  return {
    event(event) {
      writeJsonLine(stream, { ...event, ...extra, at: new Date(now()).toISOString() });
    },
    stopping() {},
    close() {},
  };
}

export function writeJsonLine(stream: OutputStream, value: unknown): void {
  stream.write(`${printableJson(value)}\n`);
}
