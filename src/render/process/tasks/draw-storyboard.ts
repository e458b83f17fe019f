/** Draws a storyboard: pictures at their places, words by libass. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import sharp, { type OverlayOptions } from "sharp";
import type { StoryboardPlan } from "../../cards/plan-storyboard.ts";
import { placeFont } from "../fonts-folder.ts";
import { rasterizeStates } from "../libav/ass-rasterizer.ts";
import { readPictureFacts } from "../pictures.ts";
import type { TaskContext } from "../protocol.ts";

export interface DrawStoryboardInput {
  readonly plan: StoryboardPlan;
  /** One for each place; null leaves it blank. */
  readonly pictures: readonly (string | null)[];
  /** Digest -> path of the plan's fonts. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outPath: string;
}

const FONTS_FOLDER = "fonts";
const BLANK = { r: 34, g: 34, b: 38 };

export async function drawStoryboard(
  { plan, pictures, inputs, outPath }: DrawStoryboardInput,
  { tempDirectory }: TaskContext,
): Promise<void> {
  const fonts = path.join(tempDirectory, FONTS_FOLDER);
  mkdirSync(fonts);
  for (const [index, digest] of plan.fonts.entries())
    placeFont(inputs[digest] ?? "", path.join(fonts, `font${index}.ttf`));
  const layers: OverlayOptions[] = [];
  for (const [index, { x, y, width, height }] of plan.places.entries()) {
    const picture = pictures[index] ?? null;
    // One after the other: each may be large.
    layers.push({ input: await thumbnail(picture, width, height), left: Math.round(x), top: Math.round(y) });
  }
  const [words] = rasterizeStates([plan.ass], plan, FONTS_FOLDER, tempDirectory);
  if (words != null)
    layers.push({
      input: Buffer.from(words.rgba),
      raw: { width: words.width, height: words.height, channels: 4 },
      left: words.x,
      top: words.y,
    });
  const { width, height, paper } = plan;
  const png = await sharp({ create: { width, height, channels: 3, background: paper } })
    .composite(layers)
    .png({ compressionLevel: 6 })
    .toBuffer();
  writeFileSync(outPath, png);
}

async function thumbnail(file: string | null, width: number, height: number): Promise<Buffer> {
  if (file === null)
    return sharp({ create: { width, height, channels: 3, background: BLANK } })
      .png()
      .toBuffer();
  await readPictureFacts(file);
  return sharp(file, { failOn: "error" })
    .rotate()
    .resize(width, height, { fit: "cover" })
    .removeAlpha()
    .png()
    .toBuffer();
}
