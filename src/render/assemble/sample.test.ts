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

test("the same film always gets the same sample, other films others", () => {
  const samples = Array.from({ length: 20 }, (_, index) => [...sampleChunks(film(`f${index}`, 100))]);
  expect([...sampleChunks(film("f0", 100))]).toEqual(samples[0]);
  for (const sample of samples) expect(sample).toHaveLength(7);
  // Twenty films of a hundred chunks reach most places between them.
  expect(new Set(samples.flat()).size).toBeGreaterThan(60);
});

test("a film with captions always has a captioned chunk in its sample", () => {
  for (let index = 0; index < 50; index++)
    expect(sampleChunks(film(`g${index}`, 50, [index]))).toContain(index);
});

test("short films are decoded whole", () => {
  expect([...sampleChunks(film("one", 1))]).toEqual([0]);
  expect(sampleChunks(film("two", 2)).size).toBe(2);
  expect(sampleChunks([]).size).toBe(0);
});
