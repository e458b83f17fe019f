/**
 * Throws damaged files at everything that reads foreign ones: `npm run fuzz -- [seconds] [seed] [target]`.
 *
 * A run ends with 1 at the first outcome that is neither success nor a refusal with a known code; its seed and number
 * name the file again. The child process lives on from file to file, so that what leaks, grows.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DEFAULT_LIMITS } from "../src/render/process/limits.ts";
import { RenderProcess } from "../src/render/process/render-process.ts";
import { fuzzTargets } from "../test/fixtures/fuzz-targets.ts";
import { mutate, seededNumbers } from "../test/fixtures/mutate.ts";

/** A damaged file of some kilobytes must not take what the largest picture takes. */
const limits = { ...DEFAULT_LIMITS, memoryBytes: 1_000_000_000, fileBytes: 500_000_000, taskSeconds: 60 };
const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const wanted = process.argv[4];

const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-fuzz-"));
let child = new RenderProcess({ limits, tempRoot: folder, compileCache: null });
const targets = (await fuzzTargets(folder, () => child)).filter(
  ({ name }) => wanted === undefined || name === wanted,
);
const descriptors = (): number =>
  process.platform === "linux" ? readdirSync(`/proc/${child.pid}/fd`).length : 0;
let failed = false;
try {
  for (const target of targets) {
    const outcomes = new Map<string, number>();
    const endsAt = performance.now() + (seconds * 1000) / targets.length;
    let before = 0;
    let count = 0;
    for (; performance.now() < endsAt && !failed; count++) {
      const random = seededNumbers(seed + count * 7919);
      const bytes = mutate(target.seeds[random(target.seeds.length)] as Buffer, random);
      try {
        const outcome = await target.run(bytes);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (error) {
        failed = true;
        const kept = path.join(os.tmpdir(), `reelburst-fuzz-${target.name}-${seed}-${count}`);
        writeFileSync(kept, bytes);
        process.stderr.write(
          `${target.name}, seed ${seed}, file ${count}: kept as ${kept}\n${String(error)}\n`,
        );
      }
      if (count === 50) before = descriptors();
    }
    const shown = [...outcomes].map(([outcome, times]) => `${outcome} ${times}`).join(", ");
    process.stdout.write(`${target.name}: seed ${seed}, ${count} files (${shown})\n`);
    if (before > 0 && child.alive && descriptors() > before + 2) {
      failed = true;
      process.stderr.write(`${target.name}: open descriptors went from ${before} to ${descriptors()}\n`);
    }
    process.stdout.write(`  largest memory ${Math.round(child.peakBytes / 1e6)} MB\n`);
    if (!child.alive) child = new RenderProcess({ limits, tempRoot: folder, compileCache: null });
  }
} finally {
  await child.close();
  rmSync(folder, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
