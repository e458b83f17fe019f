import { createHash } from "node:crypto";
import { Face, Font, Blob as FontBlob, Buffer as ShapeBuffer, shape } from "harfbuzzjs";
import { ReelburstError } from "../../../support/errors.ts";

/** What is known of a font file without shaping anything. */
export interface FaceInfo {
  /** Absolute path. */
  readonly path: string;
  /** Hexadecimal, of the file's bytes; goes into chunk keys. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The name by which libass finds exactly this file: family name, name ID 1. */
  readonly family: string;
  readonly unitsPerEm: number;
  /**
   * Ascender and descender in font units, both positive, as libass takes them: OS/2 usWinAscent and
   * usWinDescent (as GDI does), else those of hhea. An ASS font size spans their sum, not the em.
   */
  readonly assAscender: number;
  readonly assDescender: number;
}

/** A font face that measures text with the shaper that libass draws it with. */
export interface CaptionFace {
  readonly info: FaceInfo;
  covers(codePoint: number): boolean;
  /** Advance width of shaped text in em. */
  advanceEm(text: string): number;
  /** Blank in em before the first glyph's ink and after the last one's; below 0 where ink hangs out. */
  bearingsEm(text: string): { readonly left: number; readonly right: number };
}

export const MAX_FONT_BYTES = 40 * 1024 * 1024;

/**
 * Font file's bytes (TrueType, OpenType, or the first face of a collection) -> face.
 *
 * @throws ReelburstError FONT_UNUSABLE
 */
export function createFace(path: string, bytes: Uint8Array): CaptionFace {
  if (bytes.length > MAX_FONT_BYTES)
    throw unusable(path, `it has ${bytes.length} bytes, more than ${MAX_FONT_BYTES}`);
  if (!isSfnt(bytes)) throw unusable(path, "it is no TrueType or OpenType file");
  const face = new Face(new FontBlob(bytes));
  const font = new Font(face);
  const coverage = new Set(face.collectUnicodes());
  const family = familyName(face);
  // The name is written into an ASS tag: a crafted font must not write tags of its own.
  if (family === null || !/^[^@{}\\,;\p{C}][^{}\\,;\p{C}]{0,120}$/u.test(family))
    throw unusable(path, "its family name cannot be used");
  const metrics = readMetrics(face);
  if (coverage.size === 0 || !metrics) throw unusable(path, "it has no characters or no metrics");
  const info: FaceInfo = {
    path,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sizeBytes: bytes.length,
    family,
    unitsPerEm: face.upem,
    assAscender: metrics.ascender,
    assDescender: metrics.descender,
  };
  const shaped = new ShapeBuffer();
  const shapeText = (text: string): void => {
    shaped.clearContents();
    shaped.addText(text);
    shaped.guessSegmentProperties();
    shape(font, shaped);
  };
  return {
    info,
    covers: (codePoint) => coverage.has(codePoint),
    bearingsEm: (text) => {
      shapeText(text);
      const glyphs = shaped.getGlyphInfos();
      const [first, last] = [glyphs[0]?.codepoint, glyphs.at(-1)?.codepoint];
      if (first === undefined || last === undefined) return { left: 0, right: 0 };
      const { xBearing = 0, width = 0 } = font.glyphExtents(last) ?? {};
      return {
        left: (font.glyphExtents(first)?.xBearing ?? 0) / face.upem,
        right: (font.glyphHAdvance(last) - xBearing - width) / face.upem,
      };
    },
    advanceEm: (text) => {
      if (text === "") return 0;
      shapeText(text);
      let advance = 0;
      for (const position of shaped.getGlyphPositions()) advance += position.xAdvance;
      return advance / face.upem;
    },
  };
}

/** The four-byte versions that FreeType and HarfBuzz both open. WOFF is not among them. */
function isSfnt(bytes: Uint8Array): boolean {
  const tag = String.fromCharCode(...bytes.subarray(0, 4));
  return tag === "\0\x01\0\0" || tag === "OTTO" || tag === "true" || tag === "ttcf";
}

function familyName(face: Face): string | null {
  const names = face.listNames().filter((name) => name.nameId === 1);
  const name = names.find((entry) => entry.language.startsWith("en")) ?? names[0];
  return name ? face.getName(1, name.language).trim() : null;
}

function readMetrics(face: Face): { ascender: number; descender: number } | null {
  const os2 = face.referenceTable("OS/2");
  if (os2 && os2.length >= 78) {
    const view = new DataView(os2.buffer, os2.byteOffset, os2.byteLength);
    const [ascender, descender] = [view.getInt16(74), view.getInt16(76)];
    if (ascender + descender > 0) return { ascender, descender };
  }
  const hhea = face.referenceTable("hhea");
  if (!hhea || hhea.length < 8) return null;
  const view = new DataView(hhea.buffer, hhea.byteOffset, hhea.byteLength);
  const [ascender, descender] = [view.getInt16(4), -view.getInt16(6)];
  return ascender + descender > 0 ? { ascender, descender } : null;
}

function unusable(path: string, reason: string): ReelburstError {
  return new ReelburstError("FONT_UNUSABLE", `The caption font cannot be used: ${reason}.`, {
    path,
    hint: "Give a .ttf or .otf file, or leave `font` out to use the shipped faces.",
  });
}
