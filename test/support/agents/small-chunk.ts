import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import type { ChunkFacts, RenderChunkInput } from "../../../src/agent/client/remote-runner.ts";
import { interPath } from "../../../src/render/captions/fonts/shipped-fonts.ts";
import { chunkKey } from "../../../src/render/chunk-key.ts";
import { encoderSettings } from "../../../src/render/encode/profiles.ts";
import { type ChunkPlan, ENGINE_VERSION } from "../../../src/render/plan.ts";
import { sha256File } from "../../../src/support/hash.ts";

const FPS = { num: 10, den: 1 };

/** A plan and its inputs, small enough to be drawn in a moment. @param shade tells chunks apart */
export async function smallChunk(
  folder: string,
  shade = 100,
  frames = 5,
): Promise<RenderChunkInput & { readonly key: string }> {
  mkdirSync(folder, { recursive: true });
  const picture = path.join(folder, `picture-${shade}.png`);
  await sharp({ create: { width: 160, height: 120, channels: 3, background: { r: shade, g: 90, b: 200 } } })
    .composite([
      { input: { create: { width: 40, height: 30, channels: 3, background: "#ffffff" } }, left: 20, top: 30 },
    ])
    .png()
    .toFile(picture);
  const font = interPath("semibold");
  const [digest, fontDigest] = [await sha256File(picture), await sha256File(font)];
  const plan: ChunkPlan = {
    engine: ENGINE_VERSION,
    format: { width: 96, height: 64, fps: FPS },
    encoder: encoderSettings("libx264", { quality: "draft", fps: FPS }),
    frameCount: frames,
    layers: [
      {
        picture: { digest, fit: "cover", background: "#000000" },
        path: { from: { x: 0.5, y: 0.5, scale: 1 }, to: { x: 0.4, y: 0.5, scale: 1.3 }, easing: "linear" },
        pathFrames: frames,
        pathOffset: 0,
        firstFrame: 0,
        endFrame: frames,
        entrance: null,
      },
    ],
    captions: [{ firstFrame: 0, endFrame: frames, fadeInFrames: 0, fadeOutFrames: 0, ass: ASS }],
    fonts: [fontDigest],
    watermark: null,
  };
  return {
    key: chunkKey(plan),
    plan,
    inputs: { [digest]: picture, [fontDigest]: font },
    outPath: path.join(folder, `out-${shade}.mp4`),
  };
}

const ASS = `[Script Info]
ScriptType: v4.00+
PlayResX: 96
PlayResY: 64

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: D,Inter SemiBold,20,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,1,0,2,4,4,4,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:10:00.00,D,,0,0,0,,Hello
`;

/** Facts as a render process would give them. */
export function factsOf(input: RenderChunkInput): ChunkFacts {
  return {
    key: chunkKey(input.plan),
    frames: input.plan.frameCount,
    captionFrames: 0,
    witnesses: [],
    quality: { videoBytes: 1 } as ChunkFacts["quality"],
    thumbnail: readFileSync(Object.values(input.inputs)[0] as string).subarray(0, 50),
    prepareMs: 1,
    paintMs: 1,
    encodeMs: 1,
  };
}
