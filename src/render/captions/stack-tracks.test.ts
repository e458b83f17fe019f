import { describe, expect, it } from "vitest";
import { CAPTION_DEFAULTS } from "../../spec/defaults.ts";
import type { CaptionSettings } from "../../spec/production.ts";
import { type CompiledCaptions, compileCaptions } from "./compile.ts";
import { createFaceLibrary } from "./fonts/face-library.ts";
import { stackTracks } from "./stack-tracks.ts";

const faces = createFaceLibrary();
const FRAME = { width: 640, height: 360 };

function track(look: Partial<CaptionSettings>, cues: [number, number, string][], frame = FRAME) {
  const style = { ...CAPTION_DEFAULTS, ...look };
  const compiled = compileCaptions({
    cues: cues.map(([startMs, endMs, text]) => ({ startMs, endMs, text })),
    style,
    frame,
    language: null,
    faces,
  });
  return { compiled, position: style.position };
}

function spans({ events, paint }: CompiledCaptions) {
  return events.map(({ startMs, endMs, block }) => {
    const outline = paint.outlineEm * (block.lines[0]?.emPixels ?? 0);
    const y = block.box?.y ?? block.ink.y - outline;
    return { startMs, endMs, top: y, bottom: y + (block.box?.height ?? block.ink.height + 2 * outline) };
  });
}

function overlaps(tracks: readonly CompiledCaptions[]): number {
  let count = 0;
  for (const [i, one] of tracks.entries())
    for (const other of tracks.slice(i + 1))
      for (const a of spans(one))
        for (const b of spans(other))
          if (a.startMs < b.endMs && b.startMs < a.endMs && a.top < b.bottom && b.top < a.bottom) count += 1;
  return count;
}

const TALK: [number, number, string][] = [
  [0, 1000, "One line"],
  [1000, 3000, "This one is so long that it has to stand on two lines of captions"],
  [5000, 6000, "Alone"],
];

describe("stackTracks", () => {
  it("leaves a single track as it is", () => {
    const one = track({}, TALK);
    expect(stackTracks([one])).toEqual({ tracks: [one.compiled], crowded: 0 });
  });

  it.each(["bottom", "middle", "top"] as const)(
    "two tracks at the %s stand one beyond the other",
    (position) => {
      const tracks = [track({ position }, TALK), track({ position, style: "outline" }, TALK)];
      expect(overlaps(tracks.map(({ compiled }) => compiled))).toBe(3);
      const stacked = stackTracks(tracks);
      expect(stacked.crowded).toBe(0);
      expect(overlaps(stacked.tracks)).toBe(0);
      expect(stacked.tracks[0]).toEqual(tracks[0]?.compiled);
      for (const [first, second] of (stacked.tracks[0] ? spans(stacked.tracks[0]) : []).map((span, i) => [
        span,
        spans(stacked.tracks[1] as CompiledCaptions)[i],
      ])) {
        if (position === "bottom") expect(second?.bottom).toBeLessThan(first?.top ?? 0);
        else expect(second?.top).toBeGreaterThan(first?.bottom ?? 0);
      }
    },
  );

  it("a caption that stands alone keeps its own place", () => {
    const tracks = [track({}, [[0, 1000, "Here"]]), track({}, [[1000, 2000, "There"]])];
    expect(stackTracks(tracks).tracks).toEqual(tracks.map(({ compiled }) => compiled));
  });

  it("words of one line move together, past everything shown while the line stands", () => {
    const spoken = stackTracks([
      track({}, [
        [0, 400, "short"],
        [
          400,
          2000,
          "This one is so long that it has to stand on two lines of the captions, whatever happens",
        ],
      ]),
      track({ style: "karaoke" }, [[0, 2000, "five words in one line"]]),
    ]);
    expect(overlaps(spoken.tracks)).toBe(0);
    const tops = new Set(spoken.tracks[1]?.events.map(({ block }) => block.ink.y));
    expect(tops.size).toBe(1);
  });

  it("says how many find no place, and keeps those where they were", () => {
    const huge = Array.from({ length: 4 }, () =>
      track({ size: 4, style: "bold" }, [[0, 1000, TALK[1]?.[2] ?? ""]]),
    );
    const { crowded, tracks } = stackTracks(huge);
    expect(crowded).toBeGreaterThan(0);
    expect(tracks.at(-1)).toEqual(huge.at(-1)?.compiled);
  });

  it("thousands of captions in each of two tracks", () => {
    const many = Array.from({ length: 2000 }, (_, i): [number, number, string] => [
      i * 1000,
      i * 1000 + 1000,
      "Hello",
    ]);
    const stacked = stackTracks([track({}, many), track({}, many)]);
    expect(overlaps(stacked.tracks.map((one) => ({ ...one, events: one.events.slice(-50) })))).toBe(0);
  });
});
