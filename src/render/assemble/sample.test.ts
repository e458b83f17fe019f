import { expect, test } from "vitest";
import type { ChunkPlan, PlacedChunk } from "../plan.ts";
import { sampleChunks } from "./sample.ts";

function film(name: string, count: number, captioned: readonly number[] = []): PlacedChunk[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `chunk-${name}-${index}`,
    sceneId: `s${index}`,
    startFrame: index * 120,
    plan: { captions: captioned.includes(index) ? [{}] : [] } as unknown as ChunkPlan,
  }));
}

function places(chunks: PlacedChunk[]): number[] {
  return [...sampleChunks(chunks)].map((chunk) => chunks.indexOf(chunk));
}

test("the same film always gets the same sample, other films others", () => {
  const samples = Array.from({ length: 20 }, (_, index) => places(film(`f${index}`, 100)));
  expect(places(film("f0", 100))).toEqual(samples[0]);
  for (const sample of samples) expect(sample).toHaveLength(7);
  // Twenty films of a hundred chunks reach most places between them.
  expect(new Set(samples.flat()).size).toBeGreaterThan(60);
});

test("a film with captions always has a captioned chunk in its sample", () => {
  for (let index = 0; index < 50; index++) expect(places(film(`g${index}`, 50, [index]))).toContain(index);
});

test("every film has a chunk in its sample, and few have more than two of few", () => {
  expect(places(film("one", 1))).toEqual([0]);
  expect(places(film("five", 5))).toHaveLength(1);
  expect(places([])).toEqual([]);
});
