import { describe, expect, it } from "vitest";
import { type CaptionsOfScene, measureCaptions } from "./measure-captions.ts";

const cue = (startMs: number, endMs: number, text = "Hello") => ({ startMs, endMs, text });

function measure(changes: Partial<CaptionsOfScene>) {
  const cues = changes.cues ?? [];
  return measureCaptions({
    cues,
    written: cues,
    layouts: [],
    zeroSeconds: 10,
    endSeconds: 14,
    contrasts: [],
    ...changes,
  });
}

describe("measureCaptions", () => {
  it("places cues in the file and reads them over the time they are shown", () => {
    const { cues, shortestGapSeconds } = measure({ cues: [cue(500, 1500), cue(1750, 2750, "0123456789")] });
    expect(cues.map(({ startSeconds, seconds }) => [startSeconds, seconds])).toEqual([
      [10.5, 1],
      [11.75, 1],
    ]);
    expect(cues[1]).toMatchObject({ characters: 10, charactersPerSecond: 10, load: 0.5, cutSeconds: 0 });
    expect(shortestGapSeconds).toBe(0.25);
  });

  it("says what the scene's end takes away, of cues and of whole ones", () => {
    const written = [cue(3000, 6000), cue(4500, 5000)];
    const seen = measure({ cues: [cue(3000, 4000)], written });
    expect(seen.cues).toMatchObject([{ seconds: 1, cutSeconds: 2 }]);
    expect(seen.dropped).toBe(1);
  });

  it("tells a cue that yields to the next one from one that is cut", () => {
    const seen = measure({ cues: [cue(0, 1000), cue(1000, 2000)], written: [cue(0, 1800), cue(1000, 2000)] });
    expect(seen).toMatchObject({ overlaps: 1, dropped: 0 });
    expect(seen.cues.map(({ cutSeconds }) => cutSeconds)).toEqual([0, 0]);
  });

  it("gives each cue the lowest contrast and the most lines while it is shown", () => {
    const { cues, overflowPixels } = measure({
      cues: [cue(0, 1000), cue(1000, 2000)],
      layouts: [
        { startMs: 0, endMs: 500, lines: 2, overflowPixels: 0 },
        { startMs: 500, endMs: 1000, lines: 1, overflowPixels: 7 },
        { startMs: 1000, endMs: 2000, lines: 3, overflowPixels: 0 },
      ],
      contrasts: [
        { atSeconds: 10.2, mean: 9, worst: 8 },
        { atSeconds: 10.8, mean: 7, worst: 2 },
        { atSeconds: 13, mean: 1, worst: 1 },
      ],
    });
    expect(cues.map(({ lines, contrast }) => [lines, contrast])).toEqual([
      [2, { mean: 7, worst: 2 }],
      [3, null],
    ]);
    expect(overflowPixels).toBe(7);
  });
});
