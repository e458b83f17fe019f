import { describe, expect, it } from "vitest";
import { joinSpans, splitSpan } from "./spans.ts";

describe("joinSpans", () => {
  const chunks = (continues: boolean) => [
    { startFrame: 0, continues: false, spans: [{ first: 6, end: 10 }] },
    {
      startFrame: 10,
      continues,
      spans: [
        { first: 0, end: 4 },
        { first: 7, end: 9 },
      ],
    },
  ];

  it("makes one of what a chunk's edge has cut, and leaves out what is shorter than asked for", () => {
    expect(joinSpans(chunks(true), 5)).toEqual([{ first: 6, end: 14 }]);
    expect(joinSpans(chunks(true), 2)).toEqual([
      { first: 6, end: 14 },
      { first: 17, end: 19 },
    ]);
  });

  it("keeps apart what shows another picture after the edge", () => {
    expect(joinSpans(chunks(false), 4)).toEqual([
      { first: 6, end: 10 },
      { first: 10, end: 14 },
    ]);
  });
});

it("splitSpan cuts a span at the scenes", () => {
  const scenes = [
    { id: "a", startFrame: 0, frameCount: 10 },
    { id: "b", startFrame: 10, frameCount: 10 },
    { id: "c", startFrame: 20, frameCount: 10 },
  ];
  expect(
    splitSpan({ first: 8, end: 20 }, scenes).map(({ stretch, first, end }) => [stretch.id, first, end]),
  ).toEqual([
    ["a", 8, 10],
    ["b", 10, 20],
  ]);
});
