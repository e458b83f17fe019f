import type { OutputStream } from "../context.ts";
import { truncateToWidth } from "../text/display-width.ts";
import { printable } from "../text/printable.ts";
import { drawingWidth } from "./presenter.ts";

/** One line on a terminal that says what is being waited for; nothing anywhere else. */
export function createStatusLine(stream: OutputStream | null): { show(text: string): void; clear(): void } {
  if (stream === null || stream.isTTY !== true) return { show: () => {}, clear: () => {} };
  return {
    show: (text) => void stream.write(`\r${truncateToWidth(printable(text), drawingWidth(stream))}\u001b[K`),
    clear: () => void stream.write("\r\u001b[K"),
  };
}
