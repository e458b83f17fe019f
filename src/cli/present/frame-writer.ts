import type { OutputStream } from "../context.ts";
import { displayWidth } from "../text/display-width.ts";

// Matches what `Style` writes; the lines hold nothing else of the kind.
const COLOR_SEQUENCE = /\u001b\[\d+m/g;

/**
 * Draws lines over the lines drawn before. The cursor stays visible, at the start of the line below:
 * a hidden one would stay hidden after kill -9.
 */
export class FrameWriter {
  readonly #stream: OutputStream;
  /** Widths of the lines on the screen, to know how far they wrap in a terminal made narrower since. */
  #drawnWidths: readonly number[] = [];

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  draw(lines: readonly string[]): void {
    // One write: a frame in pieces flickers.
    this.#stream.write(`${this.#home()}${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
    this.#drawnWidths = lines.map((line) => displayWidth(line.replace(COLOR_SEQUENCE, "")));
  }

  /** What is on the screen stays; the next frame begins below. */
  leave(): void {
    this.#drawnWidths = [];
  }

  #home(): string {
    const columns = Math.max(1, this.#stream.columns ?? 80);
    const rows = this.#drawnWidths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? "\r" : `\r\u001b[${rows}A`;
  }
}
