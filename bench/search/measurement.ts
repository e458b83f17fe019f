/** What a candidate did on a sequence, measured once in a child process and kept for later runs. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Candidate, nameOf } from "./candidate.ts";
import { contentHash, type Painting, type Sequence } from "./sequences.ts";

export interface Measurement {
  /** The encoder's user and system seconds, the least of the runs. */
  readonly cpuSeconds: number;
  /** x264 veryfast crf 23 on the same frames, run in turn with the above. */
  readonly yardstickCpuSeconds: number;
  readonly sizeBytes: number;
  /** Luma, every fifth frame. */
  readonly ssim: number;
  readonly lowestSsim: number;
  /** px/frame², see `smoothness.ts`. */
  readonly jitter: number;
  readonly worst: number;
  readonly reversals: number;
  readonly visibleReversals: number;
  /** Pairs of frames that could not be followed: above 0 the figures of motion mean little. */
  readonly lost: number;
  readonly corners: number;
}

export interface Job extends Painting {
  readonly candidate: Candidate;
  readonly sequence: Sequence;
  /** Pairs of encoder runs. */
  readonly runs: number;
}

const CHILD = fileURLToPath(new URL("./judge-child.ts", import.meta.url));

/** Results by what was asked, in a JSON lines file, so that a search goes on where it was stopped. */
export class MeasurementLog {
  readonly #file: string;
  readonly #known = new Map<string, Measurement>();

  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      // A run that was stopped while writing leaves half a line.
      if (!line.endsWith("}")) continue;
      const { key, result } = JSON.parse(line) as { key: string; result: Measurement };
      this.#known.set(key, result);
    }
  }

  async measure(job: Job): Promise<Measurement> {
    const key = keyOf(job);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, JSON.stringify(job)], {
      maxBuffer: 1e7,
    });
    const result = JSON.parse(stdout) as Measurement;
    this.#known.set(key, result);
    const { name } = job.sequence;
    appendFileSync(
      this.#file,
      `\n${JSON.stringify({ key, candidate: nameOf(job.candidate), sequence: name, result })}`,
    );
    return result;
  }
}

function keyOf(job: Job): string {
  const text = JSON.stringify([nameOf(job.candidate), contentHash(job.sequence, job), job.runs]);
  return createHash("sha256").update(text).digest("hex").slice(0, 20);
}
