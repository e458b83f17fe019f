import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Codec, CodecContext, FormatContext } from "node-av/lib";
import { afterAll, expect, test } from "vitest";
import type { Quality } from "../../../spec/production.ts";
import { ENCODER_PROFILES, encoderSettings } from "../../encode/profiles.ts";
import { VideoEncoder } from "../libav/video-encoder.ts";
import { probeEncoders } from "./probe-encoders.ts";

const directory = mkdtempSync(path.join(tmpdir(), "reelburst-encoders-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const QUALITIES: readonly Quality[] = ["draft", "standard", "high"];
const fps = { num: 30, den: 1 };

test("the three software encoders work, an unknown one says why not", async () => {
  const probes = await probeEncoders(["libx264", "libx265", "libsvtav1", "no_such_encoder"]);
  expect(probes.map((probe) => [probe.encoderName, probe.works])).toEqual([
    ["libx264", true],
    ["libx265", true],
    ["libsvtav1", true],
    ["no_such_encoder", false],
  ]);
  for (const probe of probes) expect(probe.reason === null).toBe(probe.works);
});

const HARDWARE = Object.keys(ENCODER_PROFILES).filter((name) => !name.startsWith("lib"));

// On a machine with such hardware it encodes; anywhere else it says why not. Never is an option of ours refused.
test.each(HARDWARE)("%s encodes a frame or says what is missing", async (name) => {
  const [probe] = await probeEncoders([name]);
  if (probe?.works === true) return;
  expect(probe?.code).toBe("ENCODER_UNAVAILABLE");
  expect(probe?.reason).toMatch(/did not open|has no encoder|The GPU|encode/);
});

test("options for hardware that is in this build are ones that its encoder knows", () => {
  const inBuild = HARDWARE.filter((name) => openContext(name) !== null);
  expect(inBuild.length).toBeGreaterThan(0);
  for (const name of inBuild) {
    for (const quality of QUALITIES) {
      const context = openContext(name) as CodecContext;
      for (const [option, value] of Object.entries(encoderSettings(name, { quality, fps }).options))
        expect(context.setOption(option, value), `${name} ${option}=${value}`).toBe(0);
      expect(context.setOption("no-such-option", "1")).toBeLessThan(0);
      context.freeContext();
    }
  }
});

function openContext(encoderName: string): CodecContext | null {
  const codec = Codec.findEncoderByName(encoderName as Parameters<typeof Codec.findEncoderByName>[0]);
  if (codec === null) return null;
  const context = new CodecContext();
  context.allocContext3(codec);
  return context;
}

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
function encode(
  encoderName: string,
  quality: Quality,
  frames: number,
  seed: number,
  settings = encoderSettings(encoderName, { quality, fps }),
): string {
  const [width, height] = [192, 128];
  const file = path.join(directory, `${encoderName}-${quality}-${frames}-${seed}-${Math.random()}.mp4`);
  const encoder = new VideoEncoder(file, { width, height, fps }, settings);
  const packed = new Uint8Array((width * height * 3) / 2).fill(128);
  // Unlike halves, so that chroma taken for the other's would show.
  packed.fill(90, width * height * 1.25);
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

// Scenes of one film are encoded by their content, and the assembler takes chunks with the same headers only.
test.each(QUALITIES)("x264 at %s: what a scene shows changes the bytes, not the headers", (quality) => {
  const contents = ["hardZoom", "hardPan", "softZoom", "softPan", "video"] as const;
  const files = contents.map((content) =>
    encode("libx264", quality, 12, 3, encoderSettings("libx264", { quality, fps, content })),
  );
  expect(new Set(files.map(headersOf)).size).toBe(1);
  expect(new Set(files.map(digest)).size).toBe({ draft: 1, standard: 5, high: 4 }[quality]);
});

test.each(["libx264", "libx265", "libsvtav1"])("%s: the same frames give the same bytes", (name) => {
  expect(digest(encode(name, "standard", 24, 2))).toBe(digest(encode(name, "standard", 24, 2)));
});

// No hardware is needed to prove the interleaving: x264 takes NV12 too, and must get the same frames.
test("frames with interleaved chroma are the same frames", () => {
  const settings = encoderSettings("libx264", { quality: "standard", fps });
  const files = (["yuv420p", "nv12"] as const).map((surface) =>
    encode("libx264", "standard", 6, 3, { ...settings, surface }),
  );
  expect(digest(files[1] as string)).toBe(digest(files[0] as string));
});
