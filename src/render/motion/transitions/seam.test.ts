import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seamAt, shiftBeside } from "./seam.ts";

const direction = fc.constantFrom("left" as const, "right" as const, "up" as const, "down" as const);

describe("seamAt", () => {
  test("runs over the frame from the side that the later scene comes from", () => {
    expect(seamAt("left", 0.25, 400, 300)).toEqual({ axis: "x", whole: 300, rest: 0, incoming: "after" });
    expect(seamAt("right", 0.25, 400, 300)).toEqual({ axis: "x", whole: 100, rest: 0, incoming: "before" });
    expect(seamAt("up", 0.5, 400, 300)).toEqual({ axis: "y", whole: 150, rest: 0, incoming: "after" });
    expect(seamAt("down", 0.505, 400, 300)).toMatchObject({ axis: "y", whole: 150, incoming: "before" });
    expect(seamAt("down", 0.505, 400, 300).rest).toBeCloseTo(1.5, 9);
  });

  test("is an even number of pixels and a rest of at most two, at every moment", () => {
    fc.assert(
      fc.property(
        direction,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 4000 }),
        (way, moved, half) => {
          const seam = seamAt(way, moved, 2 * half, 2 * half);
          const at = seam.incoming === "after" ? 1 - moved : moved;
          expect(seam.whole % 2).toBe(0);
          expect(seam.whole).toBeGreaterThanOrEqual(0);
          expect(seam.whole).toBeLessThanOrEqual(2 * half - 2);
          expect(seam.rest).toBeGreaterThanOrEqual(0);
          expect(seam.rest).toBeLessThanOrEqual(2);
          expect(seam.whole + seam.rest).toBeCloseTo(at * 2 * half, 6);
          // Both sides move together: what the one is shifted by is what the other is, less whole pixels.
          const [before, after] = [shiftBeside(seam, "before"), shiftBeside(seam, "after")];
          expect(after[seam.axis] - before[seam.axis]).toBeCloseTo(2, 9);
        },
      ),
      { numRuns: 200 },
    );
  });
});
