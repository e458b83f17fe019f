import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joinStates, type RasterOverlay, rasterizeStates } from "./ass-rasterizer.ts";

const FRAME = { width: 320, height: 180 };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst test ' : "));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A drawn rectangle needs no font, but libass insists on a style. */
function script(...drawings: readonly string[]): string {
  const dialogues = drawings.map(
    (drawing, layer) => `Dialogue: ${layer},0:00:00.00,9:59:59.99,D,,0,0,0,,${drawing}`,
  );
  return [
    "[Script Info]",
    "ScriptType: v4.00+",
    `PlayResX: ${FRAME.width}`,
    `PlayResY: ${FRAME.height}`,
    "YCbCr Matrix: None",
    "",
    "[V4+ Styles]",
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
    "Style: D,Inter SemiBold,20,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1",
    "",
    "[Events]",
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ...dialogues,
    "",
  ].join("\n");
}

const box = (x: number, y: number, width: number, height: number, color: string, alpha = "00"): string =>
  `{\\an7\\pos(${x},${y})\\1c&H${color}&\\1a&H${alpha}&\\bord0\\p1}m 0 0 l ${width} 0 l ${width} ${height} l 0 ${height}{\\p0}`;

function draw(...documents: readonly string[]) {
  const fonts = path.join(
    import.meta.dirname,
    "../../../../node_modules/@expo-google-fonts/inter/600SemiBold",
  );
  return rasterizeStates(documents, FRAME, fonts, folder);
}

describe("rasterizeStates", () => {
  test.each([
    ["white on nothing", "FFFFFF", [255, 255, 255]],
    ["black on nothing", "000000", [0, 0, 0]],
    ["amber on nothing", "24B2FF", [255, 178, 36]],
  ])("%s is found, opaque, in place and in its colour", (_, color, rgb) => {
    const [overlay] = draw(script(box(40, 30, 100, 50, color)));
    const { x, y, width, height, rgba } = overlay as RasterOverlay;
    const pixel = (left: number, top: number): number[] => {
      const at = ((top - y) * width + (left - x)) * 4;
      return [...rgba.subarray(at, at + 4)];
    };
    for (const [left, top] of [
      [40, 30],
      [139, 79],
      [90, 55],
    ] as const) {
      for (const [channel, value] of [...rgb, 255].entries()) {
        expect(Math.abs((pixel(left, top)[channel] as number) - value)).toBeLessThanOrEqual(3);
      }
    }
    // libass leaves a faint rim of one pixel around a drawing, no more.
    expect(
      Math.abs(x - 40) + Math.abs(y - 30) + Math.abs(x + width - 140) + Math.abs(y + height - 80),
    ).toBeLessThanOrEqual(4);
    if (x < 40) expect(pixel(39, 55)[3]).toBeLessThanOrEqual(8);
  });

  test("half transparent is half transparent, under text too", () => {
    const [overlay] = draw(script(box(40, 30, 100, 50, "000000", "80"), box(60, 40, 20, 20, "FFFFFF")));
    const { x, y, width, rgba } = overlay as RasterOverlay;
    const alphaAt = (left: number, top: number): number =>
      rgba[((top - y) * width + (left - x)) * 4 + 3] as number;
    expect(Math.abs(alphaAt(100, 60) - 127)).toBeLessThanOrEqual(2);
    expect(alphaAt(70, 50)).toBe(255);
  });

  test("each state is drawn alone, and an empty one is null", () => {
    const [first, none, third] = draw(
      script(box(10, 10, 20, 20, "FFFFFF")),
      script(),
      script(box(200, 100, 30, 10, "0000FF")),
    );
    expect(Math.abs((first as RasterOverlay).x - 10)).toBeLessThanOrEqual(1);
    expect(none).toBeNull();
    expect(Math.abs((third as RasterOverlay).x - 200)).toBeLessThanOrEqual(1);
  });
});

test("states with different headers are refused: they would be drawn with the first one's", () => {
  const other = script(box(1, 1, 2, 2, "FFFFFF")).replace("PlayResX: 320", "PlayResX: 640");
  expect(() => joinStates([script(box(1, 1, 2, 2, "FFFFFF")), other])).toThrow(
    expect.objectContaining({ code: "CAPTIONS_INVALID" }),
  );
});
