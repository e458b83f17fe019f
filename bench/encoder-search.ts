/**
 * Tries x264 settings on slow zooms and prints what each costs and gives, against veryfast crf 23.
 *
 * `node bin/node24.js bench/encoder-search.ts [--pictures dir] [--grid shipped|direct|bframes|motion] [--frames n]
 *  [--crf list] [--log results.jsonl]`
 *
 * Frames are resampled once in float64 (slow) into the temp folder and used by every run. CPU is the encoder's
 * own user and system time; the reference is encoded again beside every third setting, because other
 * work on the machine makes CPU seconds of different minutes incomparable.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { type EncoderSettings, encoderSettings } from "../src/render/encode/profiles.ts";
import { type EncoderJudgement, judgeEncoder } from "./measure/judge-encoder.ts";
import { pictureFromRgb, resampleReference } from "./measure/reference-resampler.ts";
import { GATE_ZOOM, viewportAt } from "./measure/test-zoom.ts";

const FPS = { num: 30, den: 1 };
const REFERENCE_EVERY = 3;

interface Candidate {
  readonly label: string;
  readonly settings: EncoderSettings;
}

/** The settings that `standard` is made of, each by its x264 name; a grid replaces some of them. */
const BASE = {
  ref: "1",
  subme: "1",
  me: "dia",
  weightp: "0",
  scenecut: "0",
  "b-adapt": "0",
  direct: "spatial",
  bframes: "3",
  "rc-lookahead": "10",
  "b-pyramid": "normal",
  qcomp: "0.7",
  "aq-strength": "0.5",
};

type Change = Readonly<Record<string, string>>;

const GRIDS: Readonly<Record<string, readonly Change[]>> = {
  direct: [{ direct: "spatial" }, { direct: "temporal" }, { direct: "auto" }, { weightb: "0" }],
  bframes: ["0", "1", "3", "5", "7", "9"].flatMap((bframes) => [
    { bframes },
    { bframes, "b-pyramid": "normal" },
  ]),
  motion: ["1", "2", "4"].flatMap((subme) => ["dia", "hex"].map((me) => ({ subme, me }))),
  rate: [
    { "rc-lookahead": "20" },
    { "rc-lookahead": "40" },
    { mbtree: "0" },
    { "aq-strength": "0.3" },
    { "aq-strength": "1.0" },
    { "aq-mode": "2" },
    { qcomp: "0.5" },
    { "fast-pskip": "0" },
  ],
};

function candidatesOf(grid: string, crfs: readonly string[]): Candidate[] {
  if (grid === "shipped") {
    return (["draft", "standard", "high"] as const).map((quality) => ({
      label: quality,
      settings: encoderSettings("libx264", { quality, fps: FPS }),
    }));
  }
  const changes = GRIDS[grid];
  if (changes === undefined)
    throw new Error(`No grid is called ${grid}; there are shipped, ${Object.keys(GRIDS).join(", ")}.`);
  return changes.flatMap((change) =>
    crfs.map((crf) => ({
      label: `${Object.entries(change)
        .map((pair) => pair.join("="))
        .join(" ")} crf ${crf}`,
      settings: x264("superfast", crf, { ...BASE, ...change }),
    })),
  );
}

function x264(preset: string, crf: string, parameters: Change): EncoderSettings {
  const all = { "cpu-independent": "1", stitchable: "1", ...parameters };
  const joined = Object.entries(all)
    .map((pair) => pair.join("="))
    .join(":");
  return {
    ...encoderSettings("libx264", { quality: "standard", fps: FPS }),
    options: { preset, crf, g: "300", "x264-params": joined },
  };
}

/** The test zoom over `file` as raw frames in the temp folder; made once per content of the picture. */
async function rawFramesOf(file: string, directory: string, frames: number): Promise<string> {
  const { name } = path.parse(file);
  const target = path.join(directory, `${name}-${statSync(file).size}-${frames}.yuv`);
  if (existsSync(target)) return target;
  const { data, info } = await sharp(file)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const picture = pictureFromRgb(data, info.width, info.height);
  const buffer = Buffer.alloc((GATE_ZOOM.width * GATE_ZOOM.height * 3) / 2);
  const output = openSync(`${target}.part`, "w");
  for (let frame = 0; frame < frames; frame++) {
    resampleReference(
      picture,
      viewportAt(GATE_ZOOM, picture, frame),
      GATE_ZOOM.width,
      GATE_ZOOM.height,
      buffer,
    );
    writeSync(output, buffer);
  }
  closeSync(output);
  renameSync(`${target}.part`, target);
  return target;
}

function row(label: string, result: EncoderJudgement, reference: EncoderJudgement): string {
  return [
    label.padEnd(40),
    `${(reference.cpuSeconds / result.cpuSeconds).toFixed(2)}x`.padStart(7),
    (result.sizeBytes / reference.sizeBytes).toFixed(3).padStart(8),
    (result.ssim - reference.ssim).toFixed(4).padStart(9),
    result.jitter.toFixed(4).padStart(9),
    String(result.reversals).padStart(6),
    String(result.visibleReversals).padStart(9),
  ].join("");
}

const { values } = parseArgs({
  options: {
    pictures: { type: "string", default: "examples/demo/pictures" },
    grid: { type: "string", default: "shipped" },
    frames: { type: "string", default: "90" },
    crf: { type: "string", default: "23" },
    log: { type: "string" },
  },
});
const frames = Math.min(GATE_ZOOM.frames, Number(values.frames));
const directory = path.join(tmpdir(), "reelburst-encoder-search");
mkdirSync(directory, { recursive: true });
const pictures = readdirSync(values.pictures)
  .filter((name) => /\.(png|jpe?g|webp)$/i.test(name))
  .sort();
if (pictures.length === 0) throw new Error(`There is no picture in ${values.pictures}.`);

for (const name of pictures) {
  const raw = {
    path: await rawFramesOf(path.join(values.pictures, name), directory, frames),
    width: GATE_ZOOM.width,
    height: GATE_ZOOM.height,
    frames,
  };
  const judge = (settings: EncoderSettings) => judgeEncoder(settings, raw, GATE_ZOOM);
  process.stdout.write(`\n${name.padEnd(40)}    CPU    size     SSIM   jitter  rev.  visible\n`);
  let reference = await judge(x264("veryfast", "23", {}));
  process.stdout.write(`${row("veryfast crf 23", reference, reference)}\n`);
  for (const [index, { label, settings }] of candidatesOf(values.grid, values.crf.split(",")).entries()) {
    if (index % REFERENCE_EVERY === REFERENCE_EVERY - 1) reference = await judge(x264("veryfast", "23", {}));
    const result = await judge(settings);
    process.stdout.write(`${row(label, result, reference)}\n`);
    if (values.log !== undefined) {
      appendFileSync(
        values.log,
        `${JSON.stringify({ picture: name, label, options: settings.options, ...result, reference })}\n`,
      );
    }
  }
}
