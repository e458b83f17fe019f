import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { AV_PKT_FLAG_KEY } from "node-av/constants";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forEachPacket, openMp4Input } from "../../src/render/process/libav/video-reader.ts";
import { decodeFile } from "../measure/decode-frames.ts";
import { runStage } from "./run-stage.ts";
import type { FilterStep, Stage } from "./stage.ts";

let folder: string;
let still: Stage;
const ZOOM: FilterStep = ["zoompan", "z='1+on/20':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=1:s=96x64:fps=30"];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst bench "));
  const input = path.join(folder, "picture.jpg");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="192" height="128"><rect width="192" height="128" fill="#888"/><rect x="60" y="40" width="70" height="50" fill="#fff"/></svg>`;
  await sharp(Buffer.from(svg)).jpeg().toFile(input);
  still = {
    input,
    feed: "once",
    frames: 10,
    filters: [
      ["scale", "w=96:h=64"],
      ["format", "pix_fmts=yuv420p"],
      ["loop", "loop=9:size=1:start=0"],
    ],
    options: { preset: "ultrafast", crf: "23" },
    output: path.join(folder, "still.mp4"),
  };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function keyframesOf(film: string): number {
  const input = openMp4Input(film, "TEST");
  let count = 0;
  forEachPacket(input, (packet) => {
    if ((packet.flags & AV_PKT_FLAG_KEY) !== 0) count += 1;
  });
  input.closeInputSync();
  return count;
}

test("a still held by a filter becomes a film of its frames with one keyframe", () => {
  runStage(still);
  expect([...decodeFile(still.output)]).toHaveLength(10);
  // The picture's decoder marks its frame as a keyframe, and the filter hands that on to every copy.
  expect(keyframesOf(still.output)).toBe(1);
});

test("a film goes through filters and is encoded again", () => {
  runStage(still);
  const output = path.join(folder, "moving.mp4");
  runStage({ ...still, input: still.output, feed: "video", filters: [ZOOM], output });
  const frames = [...decodeFile(output)];
  expect(frames).toHaveLength(10);
  expect(keyframesOf(output)).toBe(1);
  // The white box grows beyond where it was.
  const brightness = (index: number): number =>
    frames[index]?.data.reduce((sum, value) => sum + value, 0) ?? 0;
  expect(brightness(9)).toBeGreaterThan(brightness(0) * 1.1);
});

test("a still decoded anew for each frame gives as many", () => {
  const output = path.join(folder, "again.mp4");
  runStage({ ...still, feed: "again", filters: [...still.filters.slice(0, 2), ZOOM], output });
  expect([...decodeFile(output)]).toHaveLength(10);
});

test("a stage that gives fewer frames than it should fails", () => {
  expect(() => runStage({ ...still, frames: 11 })).toThrow("11 frames were wanted, 10 came out");
});
