import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CaptionSettings, CaptionStyleName } from "../../spec/production.ts";
import { compileCaptions } from "./compile.ts";
import { createFaceLibrary } from "./fonts/face-library.ts";
import type { FrameSize, PlacedBlock } from "./layout.ts";
import { captionSettings } from "./test-settings.ts";

const faces = createFaceLibrary();
function blocks(text: string, frame: FrameSize, changes: Partial<CaptionSettings> = {}): PlacedBlock[] {
  const style = captionSettings(changes);
  const { events } = compileCaptions({
    cues: [{ startMs: 0, endMs: 9000, text }],
    style,
    frame,
    language: null,
    faces,
  });
  return events.map((event) => event.block);
}
const LANDSCAPE = { width: 1920, height: 1080 };
const PORTRAIT = { width: 1080, height: 1920 };

describe("layout", () => {
  it("sizes text by the short side: 4.4 % for Latin, 4.6 % for CJK, times the user's factor", () => {
    for (const frame of [LANDSCAPE, PORTRAIT]) {
      expect(blocks("Hello", frame)[0]?.lines[0]?.emPixels).toBeCloseTo(47.52, 5);
      expect(blocks("你好", frame)[0]?.lines[0]?.emPixels).toBeCloseTo(49.68, 5);
      expect(blocks("Hello", frame, { size: 1.5 })[0]?.lines[0]?.emPixels).toBeCloseTo(71.28, 5);
    }
  });

  it("stands 7 % above the bottom in landscape and above the lower third in portrait", () => {
    const bottom = (frame: FrameSize) => {
      const ink = blocks("Hello there", frame)[0]?.ink;
      return ((ink?.y ?? 0) + (ink?.height ?? 0)) / frame.height;
    };
    expect(bottom(LANDSCAPE)).toBeCloseTo(0.93, 2);
    expect(bottom({ width: 1080, height: 1080 })).toBeCloseTo(0.93, 2);
    expect(bottom(PORTRAIT)).toBeCloseTo(2 / 3, 2);
    const square = bottom({ width: 1080, height: 1350 });
    expect(square).toBeGreaterThan(2 / 3);
    expect(square).toBeLessThan(0.93);
  });

  it("obeys the position", () => {
    const middle = (position: CaptionSettings["position"]) => {
      const ink = blocks("Hello", LANDSCAPE, { position })[0]?.ink;
      return ((ink?.y ?? 0) + (ink?.height ?? 0) / 2) / 1080;
    };
    expect(middle("middle")).toBeCloseTo(0.5, 2);
    expect(middle("top")).toBeLessThan(0.15);
    expect(middle("bottom")).toBeGreaterThan(0.85);
  });

  it("hangs the blank half of closing CJK punctuation, so that the ink is centred", () => {
    const [line] = blocks("你好世界。", LANDSCAPE)[0]?.lines ?? [];
    expect(line?.width).toBeCloseTo(4.55 * 49.68, 4);
    expect((line?.x ?? 0) + (line?.width ?? 0) / 2).toBeCloseTo(960, 6);
    expect(line?.centerX).toBeCloseTo(960 + 0.225 * 49.68, 6);
  });

  it("keeps every line and box inside the frame and 5 % from its sides, whatever the text, style and shape", () => {
    const piece = fc.constantFrom(
      "word",
      " ",
      "W",
      "supercalifragilisticexpialidocious",
      "你好",
      "，",
      "「",
      "。",
      "g\u0323",
      "—",
      "…",
      "\n",
      "123,456",
      "é",
    );
    const styles: CaptionStyleName[] = ["boxed", "outline", "karaoke", "word", "bold", "minimal"];
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(...styles),
        fc.constantFrom("top" as const, "middle" as const, "bottom" as const),
        fc.double({ min: 0.25, max: 6, noNaN: true }),
        fc.integer({ min: 120, max: 4000 }),
        fc.integer({ min: 120, max: 4000 }),
        (pieces, style, position, size, width, height) => {
          for (const block of blocks(pieces.join(""), { width, height }, { style, position, size })) {
            const rectangles = [
              block.ink,
              ...(block.box ? [block.box] : []),
              ...block.lines.map(({ x, width: w }) => ({ x, width: w, y: block.ink.y, height: 0 })),
            ];
            for (const one of rectangles) {
              // A pixel of rounding: boxes stand on whole pixels.
              expect(one.x).toBeGreaterThanOrEqual(width * 0.05 - 2);
              expect(one.x + one.width).toBeLessThanOrEqual(width * 0.95 + 2);
              expect(one.y).toBeGreaterThanOrEqual(0);
              expect(one.y + one.height).toBeLessThanOrEqual(height);
            }
            for (const line of block.lines) {
              expect(line.baselineY).toBeGreaterThan(0);
              expect(line.baselineY).toBeLessThan(height);
            }
            expect(block.lines.length).toBeLessThanOrEqual(2);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
