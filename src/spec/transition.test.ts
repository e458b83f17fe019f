import { describe, expect, it } from "vitest";
import { parseProduction } from "./parse.ts";

const scene = { image: "a.png", duration: 4 };

function parse(own: unknown, defaults?: unknown) {
  return parseProduction(
    {
      ...(defaults === undefined ? {} : { defaults: { transition: defaults } }),
      scenes: [own === undefined ? scene : { ...scene, transition: own }, scene],
    },
    { baseDirectory: "/films" },
  );
}

describe("a transition", () => {
  it.each([
    ["a name", "dissolve", undefined, { type: "dissolve", duration: 0.4 }],
    ["to the left by default", "slide", undefined, { type: "slide", duration: 0.4, direction: "left" }],
    [
      "every setting",
      { type: "wipe", duration: 1, direction: "down" },
      undefined,
      { type: "wipe", duration: 1, direction: "down" },
    ],
    [
      "a direction over the default's type",
      { direction: "up" },
      "push",
      { type: "push", duration: 0.4, direction: "up" },
    ],
    [
      "another type, which keeps direction and duration",
      "wipe",
      { type: "push", duration: 0.8, direction: "right" },
      { type: "wipe", duration: 0.8, direction: "right" },
    ],
    [
      "a fade over a type with a direction",
      "fade",
      { type: "push", direction: "right" },
      { type: "fade", duration: 0.4 },
    ],
    ["none over a type with a direction", "none", "slide", { type: "none", duration: 0 }],
  ])("%s", (_, own, defaults, expected) => {
    const { production, issues } = parse(own, defaults);
    expect(issues).toEqual([]);
    expect(production?.scenes[0]?.transition).toEqual(expected);
  });

  it.each<[string, unknown, unknown, string, string]>([
    [
      "a direction on a fade",
      { type: "fade", direction: "left" },
      undefined,
      "TRANSITION_DIRECTION",
      "scenes[0].transition.direction",
    ],
    [
      "a direction on the built-in fade",
      { direction: "left" },
      undefined,
      "TRANSITION_DIRECTION",
      "scenes[0].transition.direction",
    ],
    [
      "a direction on no transition",
      { type: "none", direction: "left" },
      "slide",
      "TRANSITION_DIRECTION",
      "scenes[0].transition.direction",
    ],
    [
      "a direction on a default dissolve",
      undefined,
      { type: "dissolve", direction: "up" },
      "TRANSITION_DIRECTION",
      "defaults.transition.direction",
    ],
    [
      "an unknown direction",
      { type: "slide", direction: "north" },
      undefined,
      "INVALID_VALUE",
      "scenes[0].transition.direction",
    ],
    ["an unknown name", "slyde", undefined, "INVALID_VALUE", "scenes[0].transition"],
  ])("%s is refused", (_, own, defaults, code, path) => {
    const { production, issues } = parse(own, defaults);
    expect(production).toBeNull();
    expect(issues).toMatchObject([{ severity: "error", code, path }]);
    expect(issues[0]?.hint ?? issues[0]?.message).toMatch(/slide|left, right, up or down/);
  });
});

describe("an easing", () => {
  const withEasing = (easing: unknown) =>
    parseProduction({ scenes: [{ ...scene, motion: { easing } }] }, { baseDirectory: "/films" });

  it.each([
    "linear",
    "easeInOut",
    "easeOutSine",
    "easeInQuad",
    "easeInOutCubic",
    "easeOutQuart",
    "easeInExpo",
  ])("%s", (easing) => {
    expect(withEasing(easing).production?.scenes[0]?.motion.easing).toBe(easing);
  });

  it("by the control points of a Bezier", () => {
    const { production, issues } = withEasing([0.25, 0.1, 0.25, 1]);
    expect(issues).toEqual([]);
    expect(production?.scenes[0]?.motion.easing).toEqual([0.25, 0.1, 0.25, 1]);
  });

  it.each<[string, unknown, string, string, RegExp]>([
    ["unknown", "easeInOutCubik", "INVALID_VALUE", "easing", /easeInOutCubic/],
    ["that overshoots", [0.3, -0.2, 0.6, 1.4], "OUT_OF_RANGE", "easing[1]", /at least 0/],
    ["of three numbers", [0, 0, 1], "OUT_OF_RANGE", "easing", /4 entries/],
    ["of words", ["a", 0, 1, 1], "INVALID_TYPE", "easing[0]", /a number/],
    ["as a number", 3, "INVALID_TYPE", "easing", /a list/],
  ])("%s is refused", (_, easing, code, path, text) => {
    const [first] = withEasing(easing).issues;
    expect(first).toMatchObject({ severity: "error", code, path: `scenes[0].motion.${path}` });
    expect(`${first?.message} ${first?.hint ?? ""}`).toMatch(text);
  });
});
