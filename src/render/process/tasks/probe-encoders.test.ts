import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { FormatContext } from "node-av/lib";
import { afterAll, expect, test } from "vitest";
import type { Quality } from "../../../spec/production.ts";
import { encoderSettings } from "../../encode/profiles.ts";
import { VideoEncoder } from "../libav/video-encoder.ts";
import { probeEncoders } from "./probe-encoders.ts";

const directory = mkdtempSync(path.join(tmpdir(), "reelburst-encoders-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const QUALITIES: readonly Quality[] = ["draft", "standard", "high"];
const fps = { num: 30, den: 1 };

test("the three software encoders work, the unknown ones say why not", async () => {
  const probes = await probeEncoders(["libx264", "libx265", "libsvtav1", "h264_vaapi", "no_such_encoder"]);
  expect(probes.map((probe) => [probe.encoderName, probe.works])).toEqual([
    ["libx264", true],
    ["libx265", true],
    ["libsvtav1", true],
    ["h264_vaapi", false],
    ["no_such_encoder", false],
  ]);
  for (const probe of probes) expect(probe.reason === null).toBe(probe.works);
});

test("trying everything neither crashes the process nor writes to its log", () => {
  const module = new URL("./probe-encoders.ts", import.meta.url).href;
  const script = `const p = await (await import(${JSON.stringify(module)})).probeEncoders(); console.log(p.length);`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    stdio: "pipe",
    encoding: "utf8",
  });
  expect(Number(output)).toBeGreaterThan(5);
});

/** Encodes a drifting texture of `frames` frames; `seed` changes its content. */
function encode(encoderName: string, quality: Quality, frames: number, seed: number): string {
  const [width, height] = [192, 128];
  const file = path.join(directory, `${encoderName}-${quality}-${frames}-${seed}-${Math.random()}.mp4`);
  const encoder = new VideoEncoder(
    file,
    { width, height, fps },
    encoderSettings(encoderName, { quality, fps }),
  );
  const packed = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [(i % width) + frame, Math.floor(i / width)];
      packed[i] = 16 + ((x * (7 + seed) + ((y * y) >> 3) * 5 + ((x * y) >> 5)) % 200);
    }
    encoder.encode({
      y: packed.subarray(0, width * height),
      u: packed.subarray(width * height, width * height * 1.25),
      v: packed.subarray(width * height * 1.25),
      packed,
      yStride: width,
      uvStride: width / 2,
    });
  }
  encoder.finish();
  return file;
}

function headersOf(file: string): string {
  const input = new FormatContext();
  input.openInputSync(`file:${file}`);
  const headers = input.streams[0]?.codecpar.extradata?.toString("hex") ?? "";
  input.closeInputSync();
  return headers;
}

const digest = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

test.each(["libx264", "libx265", "libsvtav1"])(
  "%s: chunks of any content and length carry the same headers",
  (name) => {
    for (const quality of QUALITIES) {
      const headers = headersOf(encode(name, quality, 30, 1));
      expect(headers.length).toBeGreaterThan(20);
      expect(headersOf(encode(name, quality, 7, 4))).toBe(headers);
    }
  },
);

test.each(["libx264", "libx265", "libsvtav1"])("%s: the same frames give the same bytes", (name) => {
  expect(digest(encode(name, "standard", 24, 2))).toBe(digest(encode(name, "standard", 24, 2)));
});
