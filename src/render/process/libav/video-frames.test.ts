import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeVideo, type TestVideo } from "../../../../test/fixtures/encode-video.ts";
import { VideoFitter } from "./video-fitter.ts";
import { VideoFrames } from "./video-frames.ts";
import { VideoInput } from "./video-input.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-frames-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FRAMES = 30;
const FPS = 25;

/** Detail that moves, so that every frame leans on its neighbours. */
const moving = (frame: number, x: number, y: number): number =>
  40 + ((((x + 3 * frame) * 7) ^ ((y + frame) * 5)) & 127);

function make(name: string, change: Partial<TestVideo>): string {
  const file = path.join(folder, name);
  encodeVideo(file, {
    width: 64,
    height: 48,
    frames: FRAMES,
    fps: { num: FPS, den: 1 },
    paint: moving,
    ...change,
  });
  return file;
}

/** What is seen at each of these frames, asked in this order with one reader or a new one each time. */
function look(
  file: string,
  order: readonly number[],
  deinterlace: boolean,
  fresh: boolean,
): Map<number, string> {
  const input = new VideoInput(file);
  const { num, den } = input.timeBase;
  input.close();
  const seen = new Map<number, string>();
  let frames: VideoFrames | null = null;
  const fitter = new VideoFitter({ width: 64, height: 48, fit: "cover", background: "#000000" });
  for (const number of order) {
    if (fresh) {
      frames?.close();
      frames = null;
    }
    frames ??= new VideoFrames(file, deinterlace);
    const found = frames.frameAt(BigInt(Math.round((number * den) / (FPS * num))));
    if (found === null) throw new Error("no frame");
    seen.set(number, createHash("sha256").update(fitter.fit(found.frame)).digest("hex"));
  }
  frames?.close();
  fitter.close();
  return seen;
}

describe("the same pixels wherever reading starts", () => {
  test.each([
    ["closed.mp4", { options: { preset: "fast" }, bFrames: 3 }, false],
    ["open.mp4", { options: { preset: "fast", "x264-params": "open-gop=1:bframes=3:b-adapt=0" } }, false],
    ["hevc.mkv", { encoder: "libx265", bFrames: 3, tickRate: 1000 }, false],
    ["vp9.webm", { encoder: "libvpx-vp9", tickRate: 1000 }, false],
    ["fields.mp4", { interlaced: true, options: { "x264-params": "interlaced=1:tff=1" } }, true],
    ["one-keyframe.mp4", { gop: 100, options: { preset: "fast" } }, false],
  ] as const)("%s", (name, change, deinterlace) => {
    const file = make(name, change);
    const all = Array.from({ length: FRAMES }, (_, frame) => frame);
    const inOrder = look(file, all, deinterlace, false);
    expect(new Set(inOrder.values()).size).toBe(FRAMES);
    expect(look(file, all, deinterlace, true)).toEqual(inOrder);
    const backwards = look(file, all.toReversed(), deinterlace, false);
    expect(all.map((frame) => backwards.get(frame))).toEqual(all.map((frame) => inOrder.get(frame)));
  });
});

describe("a damaged file", () => {
  test("fails where the damage would be seen, and nowhere else", () => {
    const file = make("damaged.mp4", { gop: 10, bFrames: 0, options: { preset: "fast" } });
    const bytes = readFileSync(file);
    const data = bytes.indexOf("mdat") + 4;
    const length = bytes.indexOf("moov") - data;
    for (let at = 0; at < length / 8; at++) bytes[data + Math.floor(length * 0.45) + at] = (at * 89) & 255;
    writeFileSync(file, bytes);
    expect(() => look(file, [14, 15, 16, 17, 18, 19], false, false)).toThrow(
      expect.objectContaining({ code: "VIDEO_DAMAGED", hint: expect.stringContaining("trim") }),
    );
    expect(look(file, [2, 3, 25, 27], false, true).size).toBe(4);
  });
});
