import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encoderSettings } from "../../encode/profiles.ts";
import type { FrameView } from "../../motion/frame.ts";
import { VideoEncoder } from "../libav/video-encoder.ts";
import { forEachPacket, openMp4Input, streamOfType } from "../libav/video-reader.ts";
import { assemble } from "./assemble.ts";
import { inspectFilm } from "./inspect-film.ts";

const FPS = { num: 10, den: 1 };
const SIDE = 64;
const context = { signal: new AbortController().signal, progress: () => {}, tempDirectory: "" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-assemble-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("assemble", () => {
  for (const { encoder, quality } of [
    { encoder: "libx264", quality: "standard" },
    { encoder: "libx265", quality: "draft" },
  ] as const) {
    it(`joins ${encoder} chunks shorter than the encoder's reordering at exact times`, async () => {
      const lengths = [1, 3, 1, 2, 8, 1];
      const settings = encoderSettings(encoder, { quality, fps: FPS });
      const chunks = lengths.map((frames, index) => ({ path: path.join(folder, `${index}.mp4`), frames }));
      for (const chunk of chunks) {
        const video = new VideoEncoder(chunk.path, { width: SIDE, height: SIDE, fps: FPS }, settings);
        for (let frame = 0; frame < chunk.frames; frame++) video.encode(textured(frame));
        expect(video.finish()).toBe(chunk.frames);
      }
      const outPath = path.join(folder, "film.mp4");
      await assemble({ chunks, audioPath: null, fps: FPS, outPath }, context);

      const chunkStarts = lengths.map((_, index) =>
        lengths.slice(0, index).reduce((sum, each) => sum + each, 0),
      );
      const inspected = chunkStarts.map((startFrame) => ({ startFrame, looks: [{ frame: 0, area: null }] }));
      const facts = await inspectFilm({ path: outPath, chunks: inspected }, context);
      expect(facts.frames).toBe(16);
      expect(facts.timesExact).toBe(true);
      expect(facts.chunks.map(({ keyframe }) => keyframe)).toEqual(lengths.map(() => true));
      const steps = decodeTimes(outPath).map((time, index, all) => time - (all[index - 1] ?? time - 1));
      expect(steps).toEqual(Array.from({ length: 16 }, () => 1));
    });
  }
});

it("joins chunks of scenes whose quantisers differ into a film that decodes", async () => {
  const contents = ["hardZoom", "softPan", "video", "hardPan"] as const;
  const chunks = contents.map((content) => ({ path: path.join(folder, `${content}.mp4`), frames: 6 }));
  for (const [index, content] of contents.entries()) {
    const settings = encoderSettings("libx264", { quality: "standard", fps: FPS, content });
    const file = chunks[index]?.path ?? "";
    const video = new VideoEncoder(file, { width: SIDE, height: SIDE, fps: FPS }, settings);
    for (let frame = 0; frame < 6; frame++) video.encode(textured(frame));
    video.finish();
  }
  const outPath = path.join(folder, "film.mp4");
  await assemble({ chunks, audioPath: null, fps: FPS, outPath }, context);
  const inspected = contents.map((_, index) => ({
    startFrame: index * 6,
    looks: [{ frame: 3, area: null }],
  }));
  const facts = await inspectFilm({ path: outPath, chunks: inspected }, context);
  expect(facts.frames).toBe(24);
  expect(facts.timesExact).toBe(true);
  expect(facts.chunks.map(({ keyframe }) => keyframe)).toEqual([true, true, true, true]);
});

/** In frames. */
function decodeTimes(file: string): number[] {
  const film = openMp4Input(file, "FILM_UNREADABLE");
  const { num, den } = streamOfType(film, "video")?.timeBase ?? { num: 1, den: 1 };
  const times: number[] = [];
  forEachPacket(film, (packet) => times.push((Number(packet.dts) * num * FPS.num) / (den * FPS.den)));
  film.closeInputSync();
  return times;
}

/** Something that moves, so that the encoder has a reason to reorder. */
function textured(frame: number): FrameView {
  const y = Uint8Array.from(
    { length: SIDE * SIDE },
    (_, index) => 16 + ((index * 7919 + frame * 13 * (index >> 6)) % 200),
  );
  const grey = new Uint8Array((SIDE / 2) ** 2).fill(128);
  return { y, u: grey, v: grey, packed: Buffer.concat([y, grey, grey]), yStride: SIDE, uvStride: SIDE / 2 };
}
