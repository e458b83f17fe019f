import { expect, test } from "vitest";
import { parseContentRange, parseRange } from "./byte-range.ts";

test.for([
  [undefined, "whole"],
  ["bytes=0-0", { first: 0, last: 0 }],
  ["bytes=10-19", { first: 10, last: 19 }],
  ["bytes=90-", { first: 90, last: 99 }],
  ["bytes=90-1000", { first: 90, last: 99 }],
  ["bytes=-10", { first: 90, last: 99 }],
  ["bytes=-1000", { first: 0, last: 99 }],
  ["bytes=100-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=20-10", "whole"],
  ["bytes=0-1,5-6", "whole"],
  ["lines=1-2", "whole"],
  ["bytes=-", "whole"],
  ["bytes=99999999999999999999-", "whole"],
] as const)("Range %s of 100 bytes", ([header, expected]) => {
  expect(parseRange(header, 100)).toEqual(expected);
});

test.for([
  ["bytes 0-9/100", { start: 0, end: 9, total: 100 }],
  ["bytes 90-99/100", { start: 90, end: 99, total: 100 }],
  ["bytes 90-100/100", null],
  ["bytes 9-0/100", null],
  ["bytes 0-9/*", null],
  ["0-9/100", null],
] as const)("Content-Range %s", ([header, expected]) => {
  expect(parseContentRange(header)).toEqual(expected);
});
