/**
 * One candidate on one sequence, in a process of its own so that nothing but the encoder is in its CPU seconds:
 * `node judge-child.ts '<Job as JSON>'` prints a `Measurement` as JSON.
 */
import { judgeEncoder } from "../measure/judge-encoder.ts";
import { settingsOf, YARDSTICK } from "./candidate.ts";
import type { Job, Measurement } from "./measurement.ts";
import { paintSequence } from "./sequences.ts";

const SSIM_EVERY = 5;

const job = JSON.parse(process.argv[2] ?? "") as Job;
const { raw, truth } = await paintSequence(job.sequence, job);
const judged = await judgeEncoder(
  settingsOf(job.candidate),
  raw,
  { settings: settingsOf(YARDSTICK), runs: job.runs },
  { truth, ssimEvery: SSIM_EVERY },
);
const result: Measurement = {
  cpuSeconds: judged.cpuSeconds,
  yardstickCpuSeconds: judged.rivalCpuSeconds,
  sizeBytes: judged.sizeBytes,
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
