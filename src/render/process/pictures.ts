/**
 * Reads picture files with libvips, strictly: only four formats, dimensions checked from the header
 * before a pixel is decoded, any decoding error refused.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import { ReelburstError } from "../../support/errors.ts";
import { MAX_JPEG_SCANS, progressiveScans } from "./jpeg-scans.ts";
import { MAX_PICTURE_PIXELS } from "./limits.ts";

// One picture at a time in a process that has one core; no cache, since every picture is read once.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif"],
});

export interface PictureFacts {
  /** Pixels after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly hasAlpha: boolean;
  readonly frames: number;
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly path?: string }[];
}

const HINT = "Save it again as JPEG, PNG, WebP or AVIF.";

/** @throws ReelburstError IMAGE_UNREADABLE, IMAGE_FORMAT_NOT_ALLOWED, IMAGE_TOO_LARGE */
export async function readPictureFacts(path: string): Promise<PictureFacts> {
  refuseOtherFormats(path);
  const header = await sharp(sourceOf(path), { limitInputPixels: false, failOn: "error" })
    .metadata()
    .catch((error: unknown) => {
      throw new ReelburstError("IMAGE_UNREADABLE", `The picture cannot be read: ${firstLine(error)}`, {
        path,
        hint: HINT,
        cause: error,
      });
    });
  const turned = (header.orientation ?? 1) >= 5;
  const width = turned ? header.height : header.width;
  // An animation reports all its frames in one tall picture.
  const pageHeight = header.pageHeight ?? header.height;
  const height = turned ? header.width : pageHeight;
  const frames = header.pages ?? 1;
  if (width * height > MAX_PICTURE_PIXELS) {
    throw new ReelburstError(
      "IMAGE_TOO_LARGE",
      `The picture has ${width} x ${height} pixels (${((width * height) / 1e6).toFixed(0)} MP); the limit is ${MAX_PICTURE_PIXELS / 1e6} MP.`,
      { path, hint: "Scale it down; a 4k film shows at most 8 MP at a time." },
    );
  }
  if (header.isProgressive && header.format === "jpeg" && progressiveScans(readHead(path)) > MAX_JPEG_SCANS) {
    throw new ReelburstError(
      "IMAGE_UNREADABLE",
      `The picture is stored in more than ${MAX_JPEG_SCANS} passes, which no camera or program does.`,
      { path, hint: HINT },
    );
  }
  const warnings: { code: string; message: string }[] = [];
  if (frames > 1) {
    warnings.push({
      code: "IMAGE_ANIMATED",
      message: `The picture is an animation of ${frames} frames; only the first one is used.`,
    });
  } else if (header.format === "png" && isAnimatedPng(path)) {
    warnings.push({
      code: "IMAGE_ANIMATED",
      message: "The picture is an animation; only its still is used.",
    });
  }
  return { width, height, format: header.format, hasAlpha: header.hasAlpha, frames, warnings };
}

/** Interleaved 8-bit sRGB, three bytes a pixel, upright. Transparent parts show `background` (#rrggbb). */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** @throws ReelburstError IMAGE_UNREADABLE when the pixels are damaged or cut short */
export async function decodePicture(
  path: string,
  background: string,
  shrinkTo?: { readonly width: number; readonly height?: number },
): Promise<RgbPicture> {
  let image = sharp(sourceOf(path), {
    limitInputPixels: MAX_PICTURE_PIXELS,
    failOn: "error",
    sequentialRead: true,
  })
    .autoOrient()
    .flatten({ background })
    .toColourspace("srgb");
  if (shrinkTo?.height !== undefined) image = image.resize({ ...shrinkTo, fit: "fill" });
  else if (shrinkTo !== undefined) image = image.resize({ width: shrinkTo.width, withoutEnlargement: true });
  return rawRgb(image, path);
}

/**
 * The whole picture centred in a frame of the given shape, over a colour or its own blurred enlargement.
 *
 * The frame around a long thin picture can be a thousand times as large as the picture: it is made no larger than
 * `maxWidth`, nor than any picture may be.
 */
export async function decodeContained(
  path: string,
  background: string,
  frame: { readonly aspect: number; readonly maxWidth: number },
): Promise<RgbPicture> {
  const { aspect } = frame;
  const facts = await readPictureFacts(path);
  const fullWidth = Math.max(facts.width, facts.height * aspect);
  const shrink = Math.min(1, frame.maxWidth / fullWidth, Math.sqrt(MAX_PICTURE_PIXELS * aspect) / fullWidth);
  const shrunk = (side: number): number => Math.max(1, Math.round(side * shrink));
  const width = shrunk(fullWidth);
  const height = shrunk(Math.max(facts.height, facts.width / aspect));
  const colour = background === "blur" ? "#000000" : background;
  const inner = await decodePicture(
    path,
    colour,
    shrink === 1 ? undefined : { width: shrunk(facts.width), height: shrunk(facts.height) },
  );
  const picture = sharp(inner.data, { raw: { width: inner.width, height: inner.height, channels: 3 } });
  const fill = { width, height, fit: "cover" as const };
  const canvas =
    background === "blur"
      ? // Blurred small, then enlarged: the same look for a fraction of the work.
        await picture
          .clone()
          .resize({ width: 96, height: Math.max(2, Math.round(96 / aspect)), fit: "cover" })
          .blur(6)
          .modulate({ brightness: 0.6 })
          .toBuffer({ resolveWithObject: true })
      : null;
  const base =
    canvas === null
      ? sharp({ create: { width, height, channels: 3, background: colour } })
      : sharp(canvas.data, {
          raw: { width: canvas.info.width, height: canvas.info.height, channels: 3 },
        }).resize({ ...fill, kernel: "cubic" });
  const composed = sharp(await base.raw().toBuffer(), { raw: { width, height, channels: 3 } }).composite([
    {
      input: Buffer.from(inner.data),
      raw: { width: inner.width, height: inner.height, channels: 3 },
      gravity: "centre",
    },
  ]);
  return rawRgb(composed, path);
}

/** A picture with its transparency, scaled to a width but never taller than `maxHeight`: straight RGBA for the compositor. */
export async function decodeOverlay(
  path: string,
  width: number,
  maxHeight: number,
): Promise<{ width: number; height: number; rgba: Uint8Array }> {
  const { data, info } = await sharp(sourceOf(path), {
    limitInputPixels: MAX_PICTURE_PIXELS,
    failOn: "error",
  })
    .autoOrient()
    .toColourspace("srgb")
    .ensureAlpha()
    .resize({ width, height: maxHeight, fit: "inside" })
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new ReelburstError("IMAGE_UNREADABLE", `The picture cannot be read: ${firstLine(error)}`, {
        path,
        hint: HINT,
        cause: error,
      });
    });
  return { width: info.width, height: info.height, rgba: new Uint8Array(data) };
}

async function rawRgb(image: Sharp, path: string): Promise<RgbPicture> {
  const { data, info } = await image
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new ReelburstError("IMAGE_UNREADABLE", `The picture is damaged: ${firstLine(error)}`, {
        path,
        hint: HINT,
        cause: error,
      });
    });
  if (info.channels === 3) return { width: info.width, height: info.height, data };
  // A grey picture stays one channel in some libvips versions.
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let pixel = 0; pixel < info.width * info.height; pixel++)
    rgb.fill(data[pixel * info.channels] as number, pixel * 3, pixel * 3 + 3);
  return { width: info.width, height: info.height, data: rgb };
}

/**
 * libvips takes a name's end in square brackets for loader options ("page[2]" is its page 2 of "page"). Such a file is
 * handed over as bytes; all others by name, so that a large one is never in memory twice.
 */
function sourceOf(path: string): string | Buffer {
  return path.endsWith("]") ? readFileSync(path) : path;
}

/** The file's own first bytes decide; its name is not believed, and no other loader ever sees it. */
function refuseOtherFormats(path: string): void {
  let head = Buffer.alloc(32);
  try {
    const file = openSync(path, "r");
    head = head.subarray(0, readSync(file, head, 0, 32, 0));
    closeSync(file);
  } catch (error) {
    throw new ReelburstError("IMAGE_UNREADABLE", `The picture cannot be read: ${firstLine(error)}`, {
      path,
      cause: error,
    });
  }
  const jpeg = head[0] === 0xff && head[1] === 0xd8;
  const png = head.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const webp = head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WEBP";
  const avif =
    head.toString("latin1", 4, 8) === "ftyp" && /avi[fs]|mif1|msf1/.test(head.toString("latin1", 8, 32));
  if (head.length === 0)
    throw new ReelburstError("IMAGE_UNREADABLE", "The picture file is empty.", {
      path,
      hint: "Was it copied completely?",
    });
  if (!jpeg && !png && !webp && !avif) {
    throw new ReelburstError(
      "IMAGE_FORMAT_NOT_ALLOWED",
      "The file is not a JPEG, PNG, WebP or AVIF picture.",
      { path, hint: HINT },
    );
  }
}

/** libvips reads a PNG animation as the still that it is for older programs, and does not say so. */
function isAnimatedPng(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(8);
    // The mark stands before the pixels, after a few chunks; a flood of others is not followed.
    for (let at = 8, chunks = 0; chunks < 100 && readSync(file, chunk, 0, 8, at) === 8; chunks++) {
      const type = chunk.toString("latin1", 4);
      if (type === "acTL") return true;
      if (type === "IDAT") return false;
      at += 12 + chunk.readUInt32BE(0);
    }
    return false;
  } finally {
    closeSync(file);
  }
}

/** More than any picture within the limit of pixels takes; whatever lies behind is not part of it. */
const MOST_JPEG_BYTES = 256_000_000;

function readHead(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const head = Buffer.allocUnsafe(Math.min(fstatSync(file).size, MOST_JPEG_BYTES));
    let length = 0;
    for (let step = -1; step !== 0; length += step)
      step = readSync(file, head, length, head.length - length, length);
    return head.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
