/** The pictures that go with a film: a poster from the film itself and a contact sheet of its scenes. */
import { writeFileSync } from "node:fs";
import { AVSEEK_FLAG_BACKWARD } from "node-av/constants";
import type { Frame } from "node-av/lib";
import { Packet } from "node-av/lib";
import sharp from "sharp";
import { ReelburstError } from "../../../support/errors.ts";
import { openMp4Input, StreamDecoder, streamOfType } from "../libav/video-reader.ts";

export interface DrawStillsInput {
  readonly filmPath: string;
  /** null, like the sheet: not wanted. */
  readonly poster: { readonly frame: number; readonly outPath: string } | null;
  readonly contactSheet: { readonly thumbnails: readonly Uint8Array[]; readonly outPath: string } | null;
}

export async function drawStills({ filmPath, poster, contactSheet }: DrawStillsInput): Promise<void> {
  if (poster !== null) {
    const { rgb, width, height } = await decodeStill(filmPath, poster.frame);
    const jpeg = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
    // Written by Node: libvips tells of a full disk in words only.
    writeFileSync(poster.outPath, jpeg);
  }
  if (contactSheet !== null) await drawContactSheet(contactSheet.thumbnails, contactSheet.outPath);
}

const GAP = 8;
const PAPER = { r: 18, g: 18, b: 18 };

/** More cannot be told apart on one sheet, and 10,000 scenes would need 4 GB to draw. */
const SHEET_THUMBNAILS = 120;

/** A grid near 16:10, thumbnails in order of scenes on dark paper; evenly chosen ones where there are too many. */
async function drawContactSheet(all: readonly Uint8Array[], outPath: string): Promise<void> {
  const shown = Math.min(all.length, SHEET_THUMBNAILS);
  const thumbnails = Array.from(
    { length: shown },
    (_, index) => all[Math.floor((index * all.length) / shown)] as Uint8Array,
  );
  const first = thumbnails[0];
  if (first === undefined) return;
  const { width, height } = await sharp(first).metadata();
  const columns = Math.max(1, Math.ceil(Math.sqrt((thumbnails.length * height * 1.6) / width)));
  const rows = Math.ceil(thumbnails.length / columns);
  const jpeg = await sharp({
    create: {
      width: columns * (width + GAP) + GAP,
      height: rows * (height + GAP) + GAP,
      channels: 3,
      background: PAPER,
    },
  })
    .composite(
      thumbnails.map((thumbnail, index) => ({
        input: Buffer.from(thumbnail),
        left: GAP + (index % columns) * (width + GAP),
        top: GAP + Math.floor(index / columns) * (height + GAP),
      })),
    )
    .jpeg({ quality: 86 })
    .toBuffer();
  writeFileSync(outPath, jpeg);
}

/** Decodes one frame of a film of ours, as RGB. */
export async function decodeStill(
  path: string,
  frameIndex: number,
): Promise<{ width: number; height: number; rgb: Buffer }> {
  const film = openMp4Input(path, "FILM_UNREADABLE");
  const stream = streamOfType(film, "video");
  if (stream === null) throw new ReelburstError("FILM_UNREADABLE", "The film has no video stream.", { path });
  const decoder = new StreamDecoder(stream);
  const packet = new Packet();
  packet.alloc();
  const ticks = BigInt(
    Math.round(
      (stream.timeBase.den * stream.avgFrameRate.den) / (stream.timeBase.num * stream.avgFrameRate.num),
    ),
  );
  const wanted = BigInt(frameIndex) * ticks;
  let still: { width: number; height: number; rgb: Buffer } | null = null;
  const visit = (frame: Frame): void => {
    if (still === null && frame.pts >= wanted) still = toRgb(frame);
  };
  try {
    film.seekFrameSync(stream.index, wanted, AVSEEK_FLAG_BACKWARD);
    while (still === null && film.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === stream.index) {
        decoder.skipUnreferenced(packet.pts !== wanted);
        decoder.decode(packet, visit);
      }
      packet.unref();
    }
    if (still === null) decoder.decode(null, visit);
  } finally {
    packet.free();
    decoder.close();
    film.closeInputSync();
  }
  if (still === null)
    throw new ReelburstError("FILM_UNREADABLE", `Frame ${frameIndex} cannot be decoded.`, { path });
  return still;
}

function toRgb(frame: Frame): { width: number; height: number; rgb: Buffer } {
  const { width, height } = frame;
  const [y, u, v] = frame.data as [Buffer, Buffer, Buffer];
  const [yStride, uStride] = frame.linesize as [number, number];
  const rgb = Buffer.alloc(width * height * 3);
  const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : Math.round(value));
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const chroma = (row >> 1) * uStride + (column >> 1);
      const luma = (((y[row * yStride + column] as number) - 16) * 255) / 219;
      const cb = (((u[chroma] as number) - 128) * 255) / 224;
      const cr = (((v[chroma] as number) - 128) * 255) / 224;
      const at = (row * width + column) * 3;
      rgb[at] = clamp(luma + 1.5748 * cr);
      rgb[at + 1] = clamp(luma - 0.1873 * cb - 0.4681 * cr);
      rgb[at + 2] = clamp(luma + 1.8556 * cb);
    }
  }
  return { width, height, rgb };
}
