import { displayWidth, fitToWidth, truncateToWidth } from "./display-width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Gives up its width first when the table is too wide. At most one column of a table. */
  readonly flexible?: boolean;
}

const GAP = "  ";
const MIN_FLEXIBLE_WIDTH = 6;

/** Lines of at most `width` columns: a head, then the rows. Cells must be `printable`. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const widths = columns.map((column, index) =>
    rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[index] ?? "")),
      displayWidth(column.title),
    ),
  );
  const total = widths.reduce((sum, cell) => sum + cell, 0) + GAP.length * (columns.length - 1);
  const flexible = columns.findIndex((column) => column.flexible === true);
  if (total > width && flexible >= 0) {
    widths[flexible] = Math.max(MIN_FLEXIBLE_WIDTH, (widths[flexible] ?? 0) - (total - width));
  }
  const line = (cells: readonly string[]): string =>
    truncateToWidth(
      columns
        .map((column, index) => fitToWidth(cells[index] ?? "", widths[index] ?? 0, column.align))
        .join(GAP)
        .trimEnd(),
      width,
    );
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}
