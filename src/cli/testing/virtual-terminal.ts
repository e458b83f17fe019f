import { displayWidth } from "../text/display-width.ts";

/**
 * As much of a terminal as the screen presenter may use, for tests: text, `\r`, `\n`, cursor up, erase to
 * the end of line or screen, colours. Anything else throws, and so does a line wider than the screen.
 */
export class VirtualTerminal {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Everything ever written. */
  raw = "";
  /** Cells; the right half of a wide character is an empty string. */
  readonly #cells: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.raw += text;
    for (const [token] of text.matchAll(/\u001b\[\d*[A-Za-z]|[\s\S]/gu)) this.#obey(token);
  }

  /** Without the empty line on which the cursor waits. */
  lines(): string[] {
    const lines = this.#cells.map((cells) => Array.from(cells, (cell) => cell ?? " ").join(""));
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  }

  #obey(token: string): void {
    const sequence = /^\u001b\[(\d*)([A-Za-z])$/.exec(token);
    if (sequence !== null) this.#sequence(Number(sequence[1] || 1), sequence[2] ?? "");
    else if (token === "\n") this.#move(this.#row + 1);
    else if (token === "\r") this.#column = 0;
    else this.#put(token);
  }

  #sequence(count: number, letter: string): void {
    if (letter === "m") return;
    if (letter === "A") {
      if (count > this.#row || count >= this.rows) throw new Error("The cursor left the screen at its top.");
      this.#row -= count;
    } else if (letter === "K" || letter === "J") {
      const line = this.#line();
      line.length = Math.min(line.length, this.#column);
      if (letter === "J") this.#cells.length = this.#row + 1;
    } else throw new Error(`A sequence that is not expected: ${letter}`);
  }

  #move(row: number): void {
    this.#row = row;
    this.#column = 0;
    this.#cells[row] ??= [];
  }

  #put(character: string): void {
    if (/\p{Cc}/u.test(character)) throw new Error(`A control character: ${JSON.stringify(character)}`);
    const line = this.#line();
    const width = displayWidth(character);
    if (width === 0) {
      line[this.#column - 1] += character;
      return;
    }
    line[this.#column] = character;
    if (width === 2) line[this.#column + 1] = "";
    this.#column += width;
    if (this.#column > this.columns) throw new Error(`A line is too wide: ${line.join("")}`);
  }

  #line(): string[] {
    const line = this.#cells[this.#row] ?? [];
    this.#cells[this.#row] = line;
    return line;
  }
}
