import { describe, expect, test } from "vitest";
import { RenderProgress } from "./progress.ts";

describe("RenderProgress", () => {
  test("counts cached frames as done but not as speed", () => {
    let now = 0;
    const progress = new RenderProgress(300, 100, () => now);
    expect(progress.framesRendered).toBe(100);
    expect(progress.measure()).toEqual({ fps: null, etaSeconds: null });
    now = 3000;
    progress.set("a", 10);
    expect(progress.measure()).toEqual({ fps: null, etaSeconds: null });
    now = 5000;
    progress.set("a", 60);
    expect(progress.measure()).toEqual({ fps: 25, etaSeconds: 5.6 });
  });

  test("tells no speed from a moment or from a frame or two", () => {
    let now = 0;
    const progress = new RenderProgress(300, 0, () => now);
    progress.set("a", 1);
    progress.measure();
    now = 1900;
    progress.set("a", 100);
    expect(progress.measure().fps).toBeNull();
    now = 2500;
    progress.set("a", 3);
    expect(progress.measure().fps).toBeNull();
    progress.set("a", 51);
    expect(progress.measure().fps).toBe(20);
  });

  test("a chunk that starts again takes its frames back", () => {
    const progress = new RenderProgress(100, 0, () => 0);
    progress.set("a", 40);
    progress.set("a", 0);
    progress.set("b", 10);
    expect(progress.framesRendered).toBe(10);
  });

  test("follows the speed of the last seconds, not of the whole run", () => {
    let now = 0;
    const progress = new RenderProgress(10_000, 0, () => now);
    for (let second = 1; second <= 60; second++) {
      now = second * 1000;
      progress.set("a", second <= 30 ? second * 100 : 3000 + (second - 30) * 10);
      progress.measure();
    }
    expect(progress.measure().fps).toBeCloseTo(10, 0);
  });
});
