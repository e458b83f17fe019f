import { expect, test } from "vitest";
import type { PlacedChunk } from "../render/plan.ts";
import type { RenderedChunk } from "./draw-chunk.ts";
import { copyOf, RunningChunks } from "./running-chunks.ts";

const chunk = (key: string): PlacedChunk => ({ key, plan: { frameCount: 100 } }) as PlacedChunk;
const facts = { frames: 100, prepareMs: 0, paintMs: 500, encodeMs: 500 } as RenderedChunk["facts"];

function begin() {
  let nowMs = 0;
  const chunks = new Map(["a", "b", "c"].map((key) => [key, chunk(key)] as const));
  const running = new RunningChunks(chunks, () => nowMs);
  running.slots = 3;
  const stops: string[] = [];
  const start = (jobKey: string) =>
    running.begin(jobKey, {
      signal: new AbortController().signal,
      abort: ({ code }) => stops.push(`${jobKey} ${code}`),
    });
  return { running, stops, start, pass: (ms: number) => (nowMs += ms) };
}

test("a chunk that is late by its like is begun once more, when a slot is idle and nothing waits", () => {
  const { running, start, pass } = begin();
  const endOfA = start("a");
  start("b");
  pass(60_000);
  expect(running.chooseCopies(0)).toEqual([]);
  endOfA();
  running.finished(chunk("a"), facts);
  expect(running.chooseCopies(1)).toEqual([]);
  expect(running.chooseCopies(0)).toEqual(["b#2"]);
  expect(running.chooseCopies(0)).toEqual([]);
  expect(copyOf("b#2")).toEqual({ key: "b", isCopy: true });
});

test("without an idle slot none is", () => {
  const { running, start, pass } = begin();
  running.finished(chunk("a"), facts);
  start("b");
  start("c");
  running.slots = 2;
  pass(60_000);
  expect(running.chooseCopies(0)).toEqual([]);
});

test("who is first ends the other", () => {
  const { running, start, stops } = begin();
  start("b");
  running.finished(chunk("b"), facts);
  expect(stops).toEqual([]);
  start("b#2");
  running.finished(chunk("b"), facts);
  expect(stops).toEqual(["b LEASE_LOST", "b#2 LEASE_LOST"]);
});
