/**
 * One candidate on one sequence, in a process of its own so that nothing but the encoder is in its CPU seconds:
 * `node judge-child.ts '<Job as JSON>'` prints a `Measurement` as JSON.
 */
import { rmSync } from "node:fs";
import { encodeFrames } from "../measure/encode-frames.ts";
import { judgeFilm } from "../measure/judge-encoder.ts";
import { readRawFrames } from "../measure/raw-frames.ts";
import { settingsOf, YARDSTICK } from "./candidate.ts";
import type { Job, Measurement } from "./measurement.ts";
import { paintSequence } from "./sequences.ts";

const SSIM_EVERY = 5;
const WARM_UP_FRAMES = 6;

const job = JSON.parse(process.argv[2] ?? "") as Job;
const { raw, truth } = await paintSequence(job.sequence, job.frames, job.folder);
const film = `${raw.path}.${process.pid}.mp4`;
const format = { width: raw.width, height: raw.height, fps: { num: 30, den: 1 } };
const settings = settingsOf(job.candidate);
const own: number[] = [];
const yardstick: number[] = [];
let sizeBytes = 0;
try {
  // The first encoder of a process pays for code and pages that the second finds ready.
  encodeFrames(film, settingsOf(YARDSTICK), format, readRawFrames({ ...raw, frames: WARM_UP_FRAMES }));
  for (let run = 0; run < job.runs; run++) {
    // In pairs: other work on the machine makes CPU seconds of different minutes incomparable.
    yardstick.push(encodeFrames(film, settingsOf(YARDSTICK), format, readRawFrames(raw)).cpuSeconds);
    const encoded = encodeFrames(film, settings, format, readRawFrames(raw));
    own.push(encoded.cpuSeconds);
    sizeBytes = encoded.sizeBytes;
  }
  const judged = await judgeFilm(film, raw, { truth, ssimEvery: SSIM_EVERY });
  const result: Measurement = {
    cpuSeconds: Math.min(...own),
    yardstickCpuSeconds: Math.min(...yardstick),
    sizeBytes,
    ssim: judged.ssim,
    lowestSsim: judged.lowestSsim,
    jitter: judged.jitter,
    worst: judged.worst,
    reversals: judged.reversals,
    visibleReversals: judged.visibleReversals,
    lost: judged.lost,
    corners: judged.meanInliers,
  };
  process.stdout.write(JSON.stringify(result));
} finally {
  rmSync(film, { force: true });
}
