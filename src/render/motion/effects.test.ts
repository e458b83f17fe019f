import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MotionEffect } from "../../spec/production.ts";
import { type ConcreteEffect, type MotionContext, resolveMotion } from "./effects.ts";
import { containViewpoint, coverFraction } from "./path.ts";

const context: MotionContext = {
  previousEffect: null,
  seed: "scene-1",
  focus: { x: 0.5, y: 0.5 },
  pictureAspect: 1.5,
  outputAspect: 16 / 9,
};
const settings = (effect: MotionEffect, amount = 0.12) =>
  ({ kind: "effect", effect, amount, easing: "linear" }) as const;
const effects = ["zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown", "none"] as const;
const aspect = fc.double({ min: 0.2, max: 5, noNaN: true });
const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe("named effects", () => {
  it("keep both ends inside the picture for all shapes, amounts and focus points", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...effects),
        unit,
        aspect,
        aspect,
        unit,
        unit,
        (effect, amount, pictureAspect, outputAspect, x, y) => {
          const { path } = resolveMotion(settings(effect, amount), {
            ...context,
            pictureAspect,
            outputAspect,
            focus: { x, y },
          });
          const cover = coverFraction(pictureAspect, outputAspect);
          for (const end of [path.from, path.to]) {
            const held = containViewpoint(end, cover);
            expect(end.x).toBeCloseTo(held.x, 9);
            expect(end.y).toBeCloseTo(held.y, 9);
            expect(end.scale).toBeGreaterThanOrEqual(1);
          }
        },
      ),
    );
  });

  it.each([
    ["panRight", "x", 1],
    ["panLeft", "x", -1],
    ["panDown", "y", 1],
    ["panUp", "y", -1],
  ] as const)("%s travels its amount of the frame, whatever the crop leaves", (effect, axis, sign) => {
    fc.assert(
      fc.property(unit, aspect, aspect, unit, unit, (amount, pictureAspect, outputAspect, x, y) => {
        const { path } = resolveMotion(settings(effect, amount), {
          ...context,
          pictureAspect,
          outputAspect,
          focus: { x, y },
        });
        const cover = coverFraction(pictureAspect, outputAspect);
        const frame = (axis === "x" ? cover.width : cover.height) / path.from.scale;
        expect(path.to.scale).toBe(path.from.scale);
        expect((path.to[axis] - path.from[axis]) / frame).toBeCloseTo(sign * amount, 9);
        const other = axis === "x" ? "y" : "x";
        expect(path.to[other]).toBe(path.from[other]);
      }),
    );
  });

  it("scale up a pan only as far as it needs room", () => {
    const wide = resolveMotion(settings("panRight"), { ...context, pictureAspect: 3 });
    expect(wide.path.from.scale).toBe(1);
    const tight = resolveMotion(settings("panRight"), { ...context, pictureAspect: 16 / 9 });
    expect(tight.path.from.scale).toBeCloseTo(1.12, 12);
  });

  it("zoom about the focus: it keeps its place on screen", () => {
    const focus = { x: 0.3, y: 0.6 };
    const { path } = resolveMotion(settings("zoomIn"), { ...context, focus });
    expect(path.to.scale).toBeCloseTo(1.12, 12);
    expect((focus.x - path.to.x) * path.to.scale).toBeCloseTo((focus.x - path.from.x) * path.from.scale, 12);
    expect((focus.y - path.to.y) * path.to.scale).toBeCloseTo((focus.y - path.from.y) * path.from.scale, 12);
    const out = resolveMotion(settings("zoomOut"), { ...context, focus });
    expect(out.path).toMatchObject({ from: path.to, to: path.from });
  });
});

describe("auto", () => {
  it("never repeats its neighbour and gives the same film again", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 12 }), aspect, (seeds, pictureAspect) => {
        const film = () => {
          let previousEffect: ConcreteEffect | null = null;
          return seeds.map((seed) => {
            previousEffect = resolveMotion(settings("auto"), {
              ...context,
              seed,
              pictureAspect,
              previousEffect,
            }).effect;
            return previousEffect;
          });
        };
        const chosen = film();
        expect(film()).toEqual(chosen);
        for (const [index, effect] of chosen.entries()) {
          expect(effect).not.toBe("none");
          if (index > 0) expect(effect).not.toBe(chosen[index - 1]);
        }
      }),
    );
  });

  it("keeps clear of what the next scene asks for by name", () => {
    fc.assert(
      fc.property(
        fc.string(),
        aspect,
        fc.constantFrom("zoomIn", "zoomOut", "panLeft", "panDown"),
        (seed, pictureAspect, next) => {
          const { effect } = resolveMotion(settings("auto"), {
            ...context,
            seed,
            pictureAspect,
            previousEffect: "panRight",
            nextEffect: next as ConcreteEffect,
          });
          expect(effect).not.toBe(next);
          expect(effect).not.toBe("panRight");
        },
      ),
    );
  });

  it("prefers pans along the axis on which the picture exceeds the frame", () => {
    const count = (pictureAspect: number) => {
      const counts = new Map<string, number>();
      for (let i = 0; i < 400; i++) {
        const { effect } = resolveMotion(settings("auto"), { ...context, seed: `scene_${i}`, pictureAspect });
        const kind = effect?.replace(/(Left|Right)$/, "Across").replace(/(Up|Down)$/, "Down") ?? "";
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      return counts;
    };
    const panorama = count(3);
    expect(panorama.get("panAcross")).toBeGreaterThan(220);
    expect(panorama.has("panDown")).toBe(false);
    const portrait = count(0.7);
    expect(portrait.get("panDown")).toBeGreaterThan(220);
    expect(portrait.has("panAcross")).toBe(false);
  });
});

it("a path of the user's own is drawn into the picture at its ends", () => {
  const own = {
    kind: "path",
    from: { x: 0, y: 0, scale: 2 },
    to: { x: 1, y: 1, scale: 0.5 },
    easing: "easeIn",
  } as const;
  const { path, effect } = resolveMotion(own, { ...context, pictureAspect: 16 / 9 });
  expect(effect).toBeNull();
  expect(path).toEqual({
    from: { x: 0.25, y: 0.25, scale: 2 },
    to: { x: 0.5, y: 0.5, scale: 1 },
    easing: "easeIn",
  });
});
