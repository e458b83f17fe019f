import { decimalText } from "./amount.ts";
import type { Line } from "./line.ts";

const COLUMNS = [
  "lease",
  "pool",
  "machine",
  "basis",
  "item",
  "from",
  "to",
  "quantity",
  "unit",
  "price_usd",
  "price_source",
  "price_as_of",
  "region",
  "amount_usd",
  "final",
  "doubts",
] as const;

/** RFC 4180 with a header line. The order is that of the keys, so two exports of one ledger are the same bytes. */
export function ledgerCsv(lines: Iterable<Line>): string {
  const rows = [...lines].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(row);
  return [COLUMNS, ...rows].map((fields) => `${fields.map(quote).join(",")}\r\n`).join("");
}

function row(line: Line): readonly string[] {
  const { price } = line;
  return [
    line.leaseId,
    line.pool,
    line.machineId ?? "",
    line.basis,
    line.item,
    time(line.fromMs),
    time(line.toMs),
    String(line.quantity),
    price.unit,
    picoText(price.picoDollars),
    price.source,
    price.asOf,
    price.region ?? "",
    decimalText(line.amount),
    line.isFinal ? "yes" : "no",
    line.doubts.join(" "),
  ];
}

function time(ms: number | null): string {
  return ms === null ? "" : new Date(ms).toISOString();
}

function picoText(pico: number): string {
  const digits = String(pico).padStart(13, "0");
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
}

/** Spreadsheets run what begins like a formula; names of pools are the user's, names of machines the cloud's. */
function quote(field: string): string {
  const safe = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Fields of every line, RFC 4180; lines may end with LF alone, and a BOM is dropped. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let fields: string[] = [];
  let field = "";
  let isQuoted = false;
  const endRow = (): void => {
    fields.push(field);
    if (fields.length > 1 || field !== "") rows.push(fields);
    fields = [];
    field = "";
  };
  for (let index = text.startsWith("\ufeff") ? 1 : 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[index + 1] === '"') {
        field += '"';
        index++;
      } else isQuoted = false;
    } else if (character === '"' && field === "") isQuoted = true;
    else if (character === ",") {
      fields.push(field);
      field = "";
    } else if (character === "\n") endRow();
    else if (character !== "\r") field += character;
  }
  endRow();
  return rows;
}
