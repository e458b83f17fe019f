/** Draws the three pictures of the bench that are not photographs: `node bin/node24.js bench/draw-pictures.ts` */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { drawIllustration } from "./pictures/draw/illustration.ts";
import { drawScreenshot } from "./pictures/draw/screenshot.ts";
import { drawSlide } from "./pictures/draw/slide.ts";

const folder = fileURLToPath(new URL("pictures/", import.meta.url));
// Text and flat areas as their makers save them: without loss.
for (const [name, canvas] of [
  ["screenshot", drawScreenshot()],
  ["slide", drawSlide()],
] as const) {
  writeFileSync(
    `${folder}${name}.png`,
    await sharp(canvas.toBuffer("image/png"))
      .removeAlpha()
      .png({ compressionLevel: 9, effort: 10 })
      .toBuffer(),
  );
}
const illustration = drawIllustration().toBuffer("image/png");
writeFileSync(
  `${folder}illustration.jpg`,
  await sharp(illustration).jpeg({ quality: 88, chromaSubsampling: "4:4:4" }).toBuffer(),
);
