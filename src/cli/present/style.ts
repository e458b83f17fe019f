/** Colour means state and nothing else: dim waiting, plain active, green done, yellow retried, red failed. */
export interface Style {
  readonly waiting: (text: string) => string;
  readonly done: (text: string) => string;
  readonly retried: (text: string) => string;
  readonly failed: (text: string) => string;
}

export function createStyle(color: boolean): Style {
  const paint = (open: number, close: number) => (text: string) =>
    color && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { waiting: paint(2, 22), done: paint(32, 39), retried: paint(33, 39), failed: paint(31, 39) };
}
