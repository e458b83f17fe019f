import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HARD_BREAK } from "./cue.ts";
import { normalizeCues } from "./normalize.ts";

const cue = (startMs: number, endMs: number, text = `${startMs}`) => ({ startMs, endMs, text });
const normalize = (cues: Parameters<typeof normalizeCues>[0], durationMs: number | null = null) =>
  normalizeCues(cues, { durationMs, minimumDurationMs: 900 });

describe("normalizeCues", () => {
  it("sorts and ends an overlapped cue where the next begins", () => {
    const { cues, issues } = normalize([cue(2000, 4000), cue(0, 3000)]);
    expect(cues.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 2000],
      [2000, 4000],
    ]);
    expect(issues.map((issue) => issue.code)).toEqual(["CAPTION_OVERLAP"]);
  });

  it("keeps a caption on screen for 0.9 s where there is room", () => {
    expect(
      normalize([cue(0, 100), cue(500, 600), cue(5000, 5100)], 5400).cues.map((one) => one.endMs),
    ).toEqual([500, 1400, 5400]);
  });

  it("closes gaps too short to be seen", () => {
    expect(normalize([cue(0, 1950), cue(2000, 3000)]).cues[0]?.endMs).toBe(2000);
    expect(normalize([cue(0, 1500), cue(2000, 3000)]).cues[0]?.endMs).toBe(1500);
  });

  it("merges cues that begin together, up to four, without repeating a text", () => {
    expect(normalize([cue(0, 2000, "A"), cue(50, 2100, "B"), cue(60, 900, "A")]).cues).toEqual([
      { startMs: 0, endMs: 2100, text: `A${HARD_BREAK}B` },
    ]);
    const crowd = normalize(Array.from({ length: 1000 }, (_, i) => cue(0, 1000, `t${i}`)));
    expect(crowd.cues[0]?.text.split(HARD_BREAK)).toHaveLength(4);
    expect(crowd.issues).toEqual([expect.objectContaining({ code: "CAPTION_CROWDED", count: 996 })]);
  });

  it("drops captions after the audio's end and says when", () => {
    const { cues, issues } = normalize([cue(1000, 5000), cue(14_500, 16_300)], 14_200);
    expect(cues).toHaveLength(1);
    expect(issues).toEqual([
      {
        code: "CAPTION_PAST_END",
        count: 1,
        atMs: 14_500,
        message:
          "The audio ends 2.1 s before the captions. Captions after 00:14.2 are dropped; extend the audio or trim the captions.",
      },
    ]);
  });

  it("gives cues in order, apart, inside the sound, whatever comes in", () => {
    const anyCue = fc.record({
      startMs: fc.nat(20_000),
      length: fc.nat(5000),
      text: fc.constantFrom("a", "b", ""),
    });
    fc.assert(
      fc.property(
        fc.array(anyCue, { maxLength: 40 }),
        fc.integer({ min: 1, max: 25_000 }),
        (raw, durationMs) => {
          const { cues } = normalize(
            raw.map(({ startMs, length, text }) => cue(startMs, startMs + length, text)),
            durationMs,
          );
          for (const [i, one] of cues.entries()) {
            expect(one.endMs).toBeGreaterThan(one.startMs);
            expect(one.endMs).toBeLessThanOrEqual(Math.min(durationMs, cues[i + 1]?.startMs ?? durationMs));
          }
        },
      ),
    );
  });
});
