/** A picture as a JPEG of at most so many bytes: for a platform that takes no larger ones. */
import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { decodePicture, readPictureFacts } from "../pictures.ts";

/** What YouTube shows at most; down to what it still accepts (640 wide). */
const WIDTHS = [1280, 960, 640];
const QUALITIES = [90, 80, 65, 50, 35];

export interface ShrunkPicture {
  readonly sizeBytes: number;
}

/**
 * The best of the largest that fits; when none does, the smallest, and the caller judges.
 * @throws ReelburstError IMAGE_UNREADABLE, IMAGE_FORMAT_NOT_ALLOWED, IMAGE_TOO_LARGE
 */
export async function shrinkPicture(input: {
  readonly path: string;
  readonly output: string;
  readonly maxBytes: number;
}): Promise<ShrunkPicture> {
  const facts = await readPictureFacts(input.path);
  let bytes = Buffer.alloc(0);
  search: for (const width of WIDTHS) {
    const { data, ...size } = await decodePicture(input.path, "#000000", {
      width: Math.min(width, facts.width),
    });
    for (const quality of QUALITIES) {
      bytes = await sharp(data, { raw: { ...size, channels: 3 } })
        .jpeg({ quality, mozjpeg: true })
        .toBuffer();
      if (bytes.length <= input.maxBytes) break search;
    }
  }
  await writeFile(input.output, bytes);
  return { sizeBytes: bytes.length };
}
