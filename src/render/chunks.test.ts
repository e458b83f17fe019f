import { describe, expect, test } from "vitest";
import { aScene } from "../../test/fixtures/productions.ts";
import type { Scene } from "../spec/production.ts";
import { digestOf } from "../support/hash.ts";
import { type ChunkContext, cutScene, planChunks, type SceneLook, tailPlanFor } from "./chunks.ts";
import { encoderSettings } from "./encode/profiles.ts";
import { resolveEncoder } from "./encode/resolve-encoder.ts";
import type { LayerPlan, PlacedChunk, Timeline } from "./plan.ts";
import { layOutTimeline, SAMPLE_RATE } from "./timeline.ts";

const FPS = { num: 30, den: 1 };
const FORMAT = { width: 1920, height: 1080, fps: FPS };

const context: ChunkContext = {
  format: FORMAT,
  encoder: resolveEncoder(
    { codec: "h264", quality: "standard", width: 1920, height: 1080, fps: FPS },
    new Set(["libx264"]),
  ).settings,
  watermark: null,
  chunkSeconds: 4,
  tail: null,
  keyOf: (plan) => digestOf(plan),
};

function look(digest: string, change: Partial<SceneLook> = {}): SceneLook {
  return {
    picture: { digest, fit: "cover", background: "#000000" },
    path: { from: { x: 0.5, y: 0.5, scale: 1 }, to: { x: 0.5, y: 0.5, scale: 1.2 }, easing: "linear" },
    captionsIn: () => [],
    fonts: [],
    ...change,
  };
}

function film(seconds: readonly number[], change: Partial<Scene> = {}): Timeline {
  const scenes = seconds.map((length, index) => ({
    scene: aScene({
      id: `s${index}`,
      pad: { before: 0, after: 0 },
      transition: { type: "fade", duration: 0.4 },
      ...change,
    }),
    narrationSamples: length * SAMPLE_RATE,
  }));
  return layOutTimeline(scenes, FPS, false);
}

/** Which pictures are seen at a frame of a chunk, and how strongly the topmost covers. */
function shownAt(chunk: PlacedChunk, frame: number): { digest: string; weight: number; t: number }[] {
  return chunk.plan.layers
    .filter((layer) => frame >= layer.firstFrame && frame < layer.endFrame)
    .map((layer: LayerPlan) => ({
      digest: layer.picture.digest,
      weight:
        layer.entrance === null
          ? 1
          : Math.min(1, Math.max(0, (frame - layer.entrance.start + 0.5) / layer.entrance.frames)),
      t: (layer.pathOffset + frame) / (layer.pathFrames - 1),
    }));
}

describe("cutScene", () => {
  test.each([4, 8])(
    "chunks are equal within a frame, at most 1.25 times %d s, and cover the scene",
    (seconds) => {
      for (const frames of [1, 7, 119, 120, 121, 240, 299, 1000, 54_321]) {
        const lengths = cutScene(frames, FPS, seconds).map((part) => part.frames);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(frames);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(seconds * 30 * 1.25);
      }
    },
  );

  test("no chunk outgrows the encoder's longest GOP, or it would not be one", () => {
    expect(8 * 1.25 * 30).toBeLessThanOrEqual(Number(context.encoder.options["g"]));
  });
});

test("a scene's own encoder settings are in its chunks and in their names, and in no other's", () => {
  const timeline = film([6, 6]);
  const encoder = encoderSettings("libx264", { quality: "standard", fps: FPS, content: "hardZoom" });
  const plain = planChunks(timeline, [look("a"), look("b")], context);
  const chosen = planChunks(timeline, [look("a"), look("b", { encoder })], context);
  for (const [index, chunk] of chosen.entries()) {
    const own = chunk.sceneId === "s1";
    expect(chunk.plan.encoder).toEqual(own ? encoder : context.encoder);
    expect(chunk.key === plain[index]?.key).toBe(!own);
  }
  expect(new Set(chosen.map(({ sceneId }) => sceneId)).size).toBe(2);
});

describe("the film's last chunks", () => {
  /** Slots take the next chunk when they are free; each chunk takes as long as its frames. */
  function spread(chunks: readonly PlacedChunk[], slots: number): number {
    const ends = Array.from({ length: slots }, () => 0);
    for (const { plan } of chunks) {
      const next = ends.indexOf(Math.min(...ends));
      ends[next] = (ends[next] as number) + plan.frameCount;
    }
    return (Math.max(...ends) - Math.min(...ends)) / Math.max(...ends);
  }
  const planned = (timeline: Timeline, seconds: number): PlacedChunk[] =>
    planChunks(
      timeline,
      timeline.scenes.map((_, index) => look(`p${index}`)),
      { ...context, chunkSeconds: seconds, tail: tailPlanFor(timeline.totalFrames, FPS) },
    );

  test.each<[string, number[], number]>([
    ["eight scenes of 7 s", Array.from({ length: 8 }, () => 7), 4],
    ["odd lengths", [3.3, 9.1, 6.7, 12.4, 5.2, 8.8, 7.7, 4.1, 6.6], 4],
    ["one long scene last", [5, 5, 5, 60], 4],
    ["five minutes", Array.from({ length: 40 }, (_, index) => 5 + (index % 5)), 8],
  ])("two slots end within 5 %% of each other: %s", (_name, seconds, chunkSeconds) => {
    const timeline = film(seconds);
    const chunks = planned(timeline, chunkSeconds);
    expect(spread(chunks, 2)).toBeLessThanOrEqual(0.05);
    expect(chunks.reduce((sum, { plan }) => sum + plan.frameCount, 0)).toBe(timeline.totalFrames);
    for (const [index, chunk] of chunks.entries())
      expect(chunk.startFrame).toBe(
        chunks.slice(0, index).reduce((sum, { plan }) => sum + plan.frameCount, 0),
      );
  });

  test("a scene added in front leaves the last chunks as they were", () => {
    const lengths = (chunks: readonly PlacedChunk[]): number[] =>
      chunks.slice(-8).map(({ plan }) => plan.frameCount);
    expect(lengths(planned(film([6, 7, 7, 7, 7, 7, 7]), 4))).toEqual(
      lengths(planned(film([7, 7, 7, 7, 7, 7]), 4)),
    );
  });

  test("short films and very long ones are cut as ever", () => {
    expect(tailPlanFor(8 * 30, FPS)).toBeNull();
    expect(tailPlanFor(7200 * 30, FPS)).toBeNull();
  });
});

describe("planChunks", () => {
  test("frame by frame, a cross-fade runs through the cut without a jump", () => {
    const timeline = film([2, 2]);
    const chunks = planChunks(timeline, [look("a"), look("b")], context);
    const weights: number[] = [];
    const times: number[] = [];
    for (let frame = 0; frame < timeline.totalFrames; frame++) {
      const chunk = chunks.find(
        (each) => frame >= each.startFrame && frame < each.startFrame + each.plan.frameCount,
      ) as PlacedChunk;
      const shown = shownAt(chunk, frame - chunk.startFrame);
      const b = shown.find((layer) => layer.digest === "b");
      weights.push(b?.weight ?? 0);
      if (b !== undefined) times.push(b.t);
      const a = shown.find((layer) => layer.digest === "a");
      // Where the later picture does not cover everything, the earlier one is there to be seen.
      if ((b?.weight ?? 0) < 1) expect(a).toBeDefined();
    }
    expect(weights[53]).toBe(0);
    expect(weights.slice(54, 66)).toEqual(Array.from({ length: 12 }, (_, index) => (index + 0.5) / 12));
    expect(weights[66]).toBe(1);
    // The later picture's motion runs on evenly over the cut, from its first visible frame to the last.
    const steps = times.slice(1).map((time, index) => time - (times[index] as number));
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(1e-9);
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBeCloseTo(1, 9);
  });

  test("changing one caption changes only the chunks that show it", () => {
    const timeline = film([12, 12, 12]);
    const state = { firstFrame: 0, endFrame: 30, fadeInFrames: 0, fadeOutFrames: 0 };
    const plan = (text: string): string[] => {
      const middle = look("b", {
        fonts: ["f".repeat(64)],
        captionsIn: (first) => [{ ...state, ass: first === 120 ? text : "same" }],
      });
      return planChunks(timeline, [look("a"), middle, look("c")], context).map((chunk) => chunk.key);
    };
    const before = plan("old");
    const after = plan("new");
    expect(
      before.map((key, index) => (key === after[index] ? null : index)).filter((index) => index !== null),
    ).toEqual([4]);
  });

  test("a longer first scene moves the others but changes none of their chunks", () => {
    const looks = [look("a"), look("b"), look("c")];
    const keys = (seconds: readonly number[], id: string): string[] =>
      planChunks(film(seconds), looks, context)
        .filter((chunk) => chunk.sceneId === id)
        .map((chunk) => chunk.key);
    expect(keys([9, 8, 8], "s2")).toEqual(keys([20, 8, 8], "s2"));
  });

  test("a chunk names its inputs by content only", () => {
    const [chunk] = planChunks(film([2]), [look("a".repeat(64))], context);
    expect(JSON.stringify(chunk?.plan)).not.toMatch(/\/(base|tmp|home)/);
  });
});
