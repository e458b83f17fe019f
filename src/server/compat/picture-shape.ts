/**
 * A picture's size as it is shown, from its first bytes: PNG, JPEG with its EXIF orientation, WebP, AVIF. Only for choosing
 * between upright and lying; what is damaged or unknown is null, and rendering says what is wrong with it.
 */
export interface PictureShape {
  readonly width: number;
  readonly height: number;
}

/** How much of a file is looked at: JPEGs carry previews and colour profiles before their size. */
export const SHAPE_BYTES = 1 << 20;

export function pictureShape(head: Buffer): PictureShape | null {
  try {
    if (head.toString("latin1", 1, 4) === "PNG") return shape(head.readUInt32BE(16), head.readUInt32BE(20));
    if (head.readUInt16BE(0) === 0xffd8) return jpegShape(head);
    if (head.toString("latin1", 8, 12) === "WEBP") return webpShape(head);
    if (head.toString("latin1", 4, 8) === "ftyp") return avifShape(head);
    return null;
  } catch (error) {
    // Cut off before its size was told.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function shape(width: number, height: number): PictureShape | null {
  return width > 0 && height > 0 ? { width, height } : null;
}

function jpegShape(head: Buffer): PictureShape | null {
  let at = 2;
  let lies = false;
  for (;;) {
    const marker = head.readUInt16BE(at);
    if (marker === 0xffff) {
      at += 1;
      continue;
    }
    if (marker >> 8 !== 0xff) return null;
    const length = head.readUInt16BE(at + 2);
    if (marker === 0xffe1) lies = exifOrientation(head.subarray(at + 4, at + 2 + length)) >= 5;
    // Start of frame, of any kind; 0xffc4, 0xffc8 and 0xffcc are tables.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      const [height, width] = [head.readUInt16BE(at + 5), head.readUInt16BE(at + 7)];
      return lies ? shape(height, width) : shape(width, height);
    }
    at += 2 + length;
  }
}

/** 1 to 8; from 5 on the picture is shown turned by a quarter. */
function exifOrientation(segment: Buffer): number {
  if (segment.toString("latin1", 0, 4) !== "Exif") return 1;
  const tiff = segment.subarray(6);
  const isLittle = tiff.toString("latin1", 0, 2) === "II";
  const word = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  try {
    const directory = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
    const count = Math.min(word(directory), 200);
    for (let entry = 0; entry < count; entry += 1) {
      const at = directory + 2 + entry * 12;
      if (word(at) === 0x0112) return word(at + 8);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

function webpShape(head: Buffer): PictureShape | null {
  switch (head.toString("latin1", 12, 16)) {
    case "VP8X":
      return shape(head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1);
    case "VP8L": {
      const bits = head.readUInt32LE(21);
      return shape((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    }
    case "VP8 ":
      return shape(head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff);
    default:
      return null;
  }
}

/** The largest of its images: tiles and the alpha plane are not larger than the picture. */
function avifShape(head: Buffer): PictureShape | null {
  let largest: PictureShape | null = null;
  for (let at = head.indexOf("ispe"); at !== -1; at = head.indexOf("ispe", at + 4)) {
    const found = shape(head.readUInt32BE(at + 8), head.readUInt32BE(at + 12));
    if (found !== null && found.width * found.height > (largest?.width ?? 0) * (largest?.height ?? 0))
      largest = found;
  }
  return largest;
}
