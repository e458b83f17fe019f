import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aScene } from "../../test/fixtures/productions.ts";
import type { Scene } from "../spec/production.ts";
import { layOutTimeline, SAMPLE_RATE, sampleOfFrame, type TimedScene } from "./timeline.ts";

const FPS_30 = { num: 30, den: 1 };
const NTSC = { num: 30_000, den: 1001 };

function timed(seconds: number, change: Partial<Scene> = {}): TimedScene {
  return { scene: aScene(change), narrationSamples: Math.round(seconds * SAMPLE_RATE) };
}

const NO_PAD = { pad: { before: 0, after: 0 } };

describe("layOutTimeline", () => {
  test("a scene lasts its narration and its silence, rounded up to a frame", () => {
    const { scenes, totalFrames } = layOutTimeline(
      [timed(1.001, { pad: { before: 0.5, after: 0.25 } })],
      FPS_30,
      false,
    );
    // 1.751 s = 52.53 frames
    expect(totalFrames).toBe(53);
    expect(scenes[0]?.voiceStartSample).toBe(24_000);
  });

  test("a transition neither shortens the film nor moves narration", () => {
    const fading = [1, 2, 3].map((seconds) =>
      timed(seconds, { ...NO_PAD, transition: { type: "fade", duration: 0.4 } }),
    );
    const cut = [1, 2, 3].map((seconds) =>
      timed(seconds, { ...NO_PAD, transition: { type: "none", duration: 0 } }),
    );
    const faded = layOutTimeline(fading, FPS_30, false);
    const plain = layOutTimeline(cut, FPS_30, false);
    expect(faded.totalFrames).toBe(180);
    expect(faded.scenes.map((scene) => scene.voiceStartSample)).toEqual(
      plain.scenes.map((scene) => scene.voiceStartSample),
    );
    expect(faded.scenes.map((scene) => scene.transitionOut)).toEqual([
      { look: { kind: "fade" }, frames: 12, before: 6, after: 6 },
      { look: { kind: "fade" }, frames: 12, before: 6, after: 6 },
      null,
    ]);
  });

  test("a film begins and ends with half a second of air, a scene's own file does not", () => {
    const film = layOutTimeline([timed(1, NO_PAD), timed(1, NO_PAD)], FPS_30, true);
    expect(film.scenes[0]?.voiceStartSample).toBe(24_000);
    expect(film.totalFrames).toBe(90);
    expect(layOutTimeline([timed(1, NO_PAD)], FPS_30, false).totalFrames).toBe(30);
  });

  test("a transition longer than half of a neighbour is shortened to fit", () => {
    const short = timed(0.2, { ...NO_PAD, transition: { type: "fade", duration: 2 } });
    const { scenes } = layOutTimeline([short, timed(5, NO_PAD)], FPS_30, false);
    expect(scenes[0]?.transitionOut).toEqual({ look: { kind: "fade" }, frames: 6, before: 3, after: 3 });
  });

  test("a scene without narration and duration is refused by name", () => {
    const silent = { scene: aScene({ id: "map", audio: null }), narrationSamples: null };
    expect(() => layOutTimeline([timed(1), silent], FPS_30, false)).toThrow(
      expect.objectContaining({ code: "SCENE_DURATION_UNKNOWN", path: "scenes[1].duration" }),
    );
  });

  test("200 scenes at 29.97 fps: every narration starts within half a sample of its frame, nothing adds up", () => {
    const scenes = Array.from({ length: 200 }, (_, index) => timed(1.7 + (index % 13) * 0.137, NO_PAD));
    const { scenes: timings, totalFrames, totalSamples } = layOutTimeline(scenes, NTSC, false);
    for (const timing of timings) {
      const exact = (timing.startFrame * SAMPLE_RATE * 1001) / 30_000;
      expect(Math.abs((timing.voiceStartSample as number) - exact)).toBeLessThanOrEqual(0.5);
    }
    expect(Math.abs(totalSamples - (totalFrames * SAMPLE_RATE * 1001) / 30_000)).toBeLessThanOrEqual(0.5);
  });

  test("for any scenes: no gap, no overlap, every narration fits into its scene", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            seconds: fc.double({ min: 0.01, max: 30, noNaN: true }),
            fade: fc.double({ min: 0, max: 3, noNaN: true }),
          }),
          {
            minLength: 1,
            maxLength: 12,
          },
        ),
        fc.constantFrom(FPS_30, NTSC, { num: 25, den: 1 }, { num: 24_000, den: 1001 }),
        (specs, fps) => {
          const input = specs.map(({ seconds, fade }) =>
            timed(seconds, { transition: { type: "fade", duration: fade } }),
          );
          const { scenes, totalFrames } = layOutTimeline(input, fps, true);
          let next = 0;
          for (const [index, scene] of scenes.entries()) {
            expect(scene.startFrame).toBe(next);
            next += scene.frameCount;
            const end = (scene.voiceStartSample as number) + (input[index]?.narrationSamples as number);
            expect(end).toBeLessThanOrEqual(sampleOfFrame(next, fps) + 1);
            const inside = (scene.transitionIn?.after ?? 0) + (scene.transitionOut?.before ?? 0);
            expect(inside).toBeLessThanOrEqual(scene.frameCount);
          }
          expect(next).toBe(totalFrames);
        },
      ),
    );
  });
});
