import { expect, it } from "vitest";
import { parseRetryAfter } from "./attempts.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

it.each([
  ["0", 0],
  ["120", 120_000],
  [" 5 ", 5000],
  ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
  ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
  ["-5", null],
  ["1.5", null],
  ["soon", null],
  ["", null],
  [undefined, null],
])("Retry-After %j is %j ms", (text, expected) => expect(parseRetryAfter(text, NOW)).toBe(expected));
