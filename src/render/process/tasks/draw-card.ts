/** Draws a card: a background of ours, words and shapes by libass. Written without loss; motion looks closely. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { ReelburstError } from "../../../support/errors.ts";
import type { CardPlan } from "../../cards/card-plan.ts";
import { paintBackground } from "../../cards/paint-background.ts";
import { placeFont } from "../fonts-folder.ts";
import { type RasterOverlay, rasterizeStates } from "../libav/ass-rasterizer.ts";
import type { TaskContext } from "../protocol.ts";

export interface DrawCardInput {
  readonly plan: CardPlan;
  /** Digest -> path of the plan's fonts. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outPath: string;
}

const FONTS_FOLDER = "fonts";

/** @throws ReelburstError CAPTION_NOT_DRAWN when libass drew none of the words */
export async function drawCard(
  { plan, inputs, outPath }: DrawCardInput,
  { tempDirectory }: TaskContext,
): Promise<{ sizeBytes: number }> {
  const fonts = path.join(tempDirectory, FONTS_FOLDER);
  mkdirSync(fonts);
  for (const [index, digest] of plan.fonts.entries())
    placeFont(inputs[digest] ?? "", path.join(fonts, `font${index}.ttf`));
  const [words] = rasterizeStates([plan.ass], plan, FONTS_FOLDER, tempDirectory);
  if (words == null) {
    throw new ReelburstError("CAPTION_NOT_DRAWN", "A card was planned but libass drew nothing.", {
      hint: "Choose another font.",
    });
  }
  const rgb = paintBackground(plan.background, plan.width, plan.height);
  layOver(rgb, plan.width, words);
  const png = await sharp(rgb, { raw: { width: plan.width, height: plan.height, channels: 3 } })
    .png({ compressionLevel: 3 })
    .toBuffer();
  writeFileSync(outPath, png);
  return { sizeBytes: png.length };
}

/** Straight alpha over opaque pixels. */
function layOver(rgb: Uint8Array, width: number, words: RasterOverlay): void {
  let from = 0;
  for (let y = 0; y < words.height; y++) {
    let to = ((words.y + y) * width + words.x) * 3;
    for (let x = 0; x < words.width; x++, from += 4, to += 3) {
      const alpha = words.rgba[from + 3] as number;
      if (alpha === 0) continue;
      for (let channel = 0; channel < 3; channel++) {
        const under = rgb[to + channel] as number;
        const over = words.rgba[from + channel] as number;
        rgb[to + channel] = Math.round(under + ((over - under) * alpha) / 255);
      }
    }
  }
}
