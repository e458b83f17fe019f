import fc from "fast-check";
import { expect, test } from "vitest";
import { framesOfRange, planVideo, shownTick, type VideoClock, videoRange } from "./video-time.ts";

const clockOf = (
  num: number,
  den: number,
  frameTicks: number,
  frames: number,
  firstTick = 0,
): VideoClock => ({
  timeBase: { num, den },
  firstTick,
  lastTick: firstTick + (frames - 1) * frameTicks,
  seconds: (frames * frameTicks * num) / den,
});

/** Frame numbers of the source that a scene shows, for a source of even frames. */
function shown(
  clock: VideoClock,
  frameTicks: number,
  use: {
    from?: number;
    to?: number | null;
    spread?: boolean;
    frames: number;
    fps: { num: number; den: number };
    at?: number;
  },
): number[] {
  const range = videoRange({ from: use.from ?? 0, to: use.to ?? null }, clock.seconds);
  const plan = planVideo(
    {
      clock,
      range,
      deinterlace: false,
      spreadFrames: use.spread ? use.frames : null,
      sceneFrames: use.frames,
    },
    use.fps,
    use.at ?? 0,
  );
  return Array.from({ length: use.frames - (use.at ?? 0) }, (_, index) =>
    Math.floor(Number(shownTick(plan, index) - BigInt(clock.firstTick)) / frameTicks),
  );
}

test.each([
  [{ num: 30_000, den: 1001 }, clockOf(1, 30_000, 1001, 3000)],
  [{ num: 25, den: 1 }, clockOf(1, 12_800, 512, 3000, 512)],
  [{ num: 60, den: 1 }, clockOf(1, 60, 1, 3000)],
  [{ num: 24_000, den: 1001 }, clockOf(1001, 24_000, 1, 3000, -7)],
])("at %j its own rate shows every frame once over 3,000", (fps, clock) => {
  const frameTicks = (clock.lastTick - clock.firstTick) / 2999;
  expect(shown(clock, frameTicks, { frames: 3000, fps })).toEqual(Array.from({ length: 3000 }, (_, i) => i));
});

test("a clock of milliseconds, rounded either way, still shows every frame once", () => {
  const fps = { num: 30_000, den: 1001 };
  for (const round of [Math.round, Math.floor, Math.ceil]) {
    const times = Array.from({ length: 1000 }, (_, i) => round((i * 1001) / 30));
    const clock = {
      timeBase: { num: 1, den: 1000 },
      firstTick: 0,
      lastTick: times.at(-1) ?? 0,
      seconds: 33.367,
    };
    const range = videoRange({ from: 0, to: null }, clock.seconds);
    const use = { clock, range, deinterlace: false, spreadFrames: null, sceneFrames: 1000 };
    const plan = planVideo(use, fps, 0);
    const seen = times.map((_, index) =>
      times.findLastIndex((time) => BigInt(time) <= shownTick(plan, index)),
    );
    expect(seen).toEqual(times.map((_, index) => index));
    expect(framesOfRange(range, fps)).toBe(1000);
  }
});

test("a part too short holds its last frame; one that fills the scene goes on beyond it", () => {
  const clock = clockOf(1, 25, 1, 50);
  const fps = { num: 25, den: 1 };
  expect(shown(clock, 1, { from: 1, to: 1.2, frames: 8, fps })).toEqual([25, 26, 27, 28, 29, 29, 29, 29]);
  const range = videoRange({ from: 0.4, to: 0.8 }, 2);
  const plan = planVideo({ clock, range, deinterlace: false, spreadFrames: null, sceneFrames: 10 }, fps, 0);
  expect([-12, -3, 9, 12, 60].map((frame) => Number(shownTick(plan, frame)))).toEqual([0, 7, 19, 22, 49]);
});

test("spread over a scene, the first frame is the part's first and none beyond its end is shown", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 500 }),
      fc.constantFrom({ num: 30, den: 1 }, { num: 24_000, den: 1001 }),
      (sourceFrames, frames, fps) => {
        const seen = shown(clockOf(1, 90_000, 3600, sourceFrames), 3600, { spread: true, frames, fps });
        expect(seen[0]).toBe(0);
        expect(seen.at(-1)).toBeLessThan(sourceFrames);
        expect(seen.every((number, index) => index === 0 || number >= (seen[index - 1] as number))).toBe(
          true,
        );
        if (frames >= sourceFrames) expect(seen.at(-1)).toBe(sourceFrames - 1);
      },
    ),
  );
});

test("a chunk shows what the whole scene shows there", () => {
  const clock = clockOf(1, 12_800, 427, 400);
  const use = { from: 0.333, frames: 200, fps: { num: 24_000, den: 1001 } };
  expect(shown(clock, 427, { ...use, at: 77 })).toEqual(shown(clock, 427, use).slice(77));
});
