import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  areaSignature,
  frameSignature,
  type LumaPlane,
  signatureDistance,
} from "../../assemble/luma-signature.ts";
import { encoderSettings } from "../../encode/profiles.ts";
import { VideoEncoder } from "../libav/video-encoder.ts";
import { assemble } from "./assemble.ts";
import { type InspectedChunk, inspectFilm } from "./inspect-film.ts";

const FPS = { num: 10, den: 1 };
const SIZE = { width: 160, height: 96 };
const LENGTH = 12;
const AREA = { x: 40, y: 60, width: 80, height: 24 };
const context = { signal: new AbortController().signal, progress: () => {}, tempDirectory: "" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-inspect-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A bar that wanders, so that every frame is another one and the encoder reorders them. */
function painted(frame: number, chunk: number): LumaPlane {
  const { width, height } = SIZE;
  const data = Uint8Array.from({ length: width * height }, (_, at) =>
    Math.abs((at % width) - 12 * frame - 8) < 10 ? 200 : 50 + 60 * chunk,
  );
  return { data, stride: width, width, height };
}

/** A film of two chunks. @param shown which frame of which chunk really stands at a place */
async function film(encoder: string, shown: (frame: number, chunk: number) => LumaPlane): Promise<string> {
  const settings = encoderSettings(encoder, { quality: "draft", fps: FPS });
  const chunks = [0, 1].map((chunk) => ({ path: path.join(folder, `${chunk}.mp4`), frames: LENGTH }));
  const grey = new Uint8Array((SIZE.width * SIZE.height) / 4).fill(128);
  for (const [chunk, { path: file }] of chunks.entries()) {
    const video = new VideoEncoder(file, { ...SIZE, fps: FPS }, settings);
    for (let frame = 0; frame < LENGTH; frame++) {
      const { data, stride } = shown(frame, chunk);
      const packed = Buffer.concat([data, grey, grey]);
      video.encode({ y: data, u: grey, v: grey, packed, yStride: stride, uvStride: SIZE.width / 2 });
    }
    video.finish();
    video.close();
  }
  const outPath = path.join(folder, "film.mp4");
  await assemble({ chunks, audioPath: null, fps: FPS, outPath }, context);
  return outPath;
}

const FRAMES = [0, 5, 6, LENGTH - 1];
const looks = [...FRAMES.map((frame) => ({ frame, area: null })), { frame: 4, area: AREA }];
const asked: InspectedChunk[] = [0, 1].map((chunk) => ({ startFrame: chunk * LENGTH, looks }));

describe("inspectFilm", () => {
  test.each(["libx264", "libx265", "libsvtav1"])("%s: sees each frame where it stands", async (encoder) => {
    const { chunks } = await inspectFilm({ path: await film(encoder, painted), chunks: asked }, context);
    for (const [chunk, seen] of chunks.entries()) {
      expect(seen.keyframe).toBe(true);
      for (const [index, frame] of FRAMES.entries()) {
        const near = signatureDistance(seen.looks[index] ?? "", frameSignature(painted(frame, chunk))).rms;
        const next = signatureDistance(
          seen.looks[index] ?? "",
          frameSignature(painted(frame + 1, chunk)),
        ).rms;
        expect(near).toBeLessThan(3);
        expect(next).toBeGreaterThan(20);
      }
      const inside = signatureDistance(seen.looks.at(-1) ?? "", areaSignature(painted(4, chunk), AREA));
      expect(inside.rms).toBeLessThan(9);
    }
  });

  test("sees a chunk that turns black behind its keyframe, and one whose keyframe alone is asked for", async () => {
    const black: LumaPlane = { ...painted(0, 0), data: new Uint8Array(SIZE.width * SIZE.height).fill(16) };
    const file = await film("libx264", (frame, chunk) =>
      chunk === 0 && frame > 3 ? black : painted(frame, chunk),
    );
    const [whole, first] = asked as [InspectedChunk, InspectedChunk];
    const { chunks } = await inspectFilm(
      { path: file, chunks: [whole, { ...first, looks: looks.slice(0, 1) }] },
      context,
    );
    const off = (chunk: number, index: number): number =>
      signatureDistance(chunks[chunk]?.looks[index] ?? "", frameSignature(painted(FRAMES[index] ?? 0, chunk)))
        .rms;
    expect(off(0, 0)).toBeLessThan(3);
    for (const index of [1, 2, 3]) expect(off(0, index)).toBeGreaterThan(20);
    expect(chunks[1]?.looks).toHaveLength(1);
    expect(off(1, 0)).toBeLessThan(3);
  });

  test("says so when no chunk begins where one should", async () => {
    const file = await film("libx264", painted);
    const { chunks } = await inspectFilm({ path: file, chunks: [{ startFrame: 3, looks }] }, context);
    expect(chunks).toEqual([{ keyframe: false, looks: looks.map(() => null) }]);
  });
});
