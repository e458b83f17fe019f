/**
 * Plants each mistake of `money-mutants/mutants.ts` in a copy of the sources and runs the test that must notice: `npm run
 * mutants:money`. Ends with 1 when one lives, or when a test is red without any mistake.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./money-mutants/mutants.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-mutants-"));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
let survivors = 0;

try {
  for (const name of ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"]) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "dir");
  for (const [file, name] of new Map(MUTANTS.map(({ test }) => [test.join("\0"), test])).values()) {
    if (!runTest(file, name)) {
      survivors++;
      say(`red without a mutant: ${name}`);
    }
  }
  for (const { name, file, find, replace, test } of MUTANTS) {
    const target = path.join(folder, file);
    const source = readFileSync(target, "utf8");
    writeFileSync(
      target,
      source.replace(find, () => replace),
    );
    const lives = runTest(...test);
    writeFileSync(target, source);
    if (lives) survivors++;
    say(`${lives ? "LIVES " : "killed"}  ${name}: ${test[1]}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(`${MUTANTS.length} mutants, ${survivors} problems`);
if (survivors > 0) process.exitCode = 1;

/** Whether the test passes. A pattern that matches no test counts as red, and shows in the first round. */
function runTest(file: string, name: string): boolean {
  const vitest = path.join(folder, "node_modules/vitest/vitest.mjs");
  const pattern = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const { status, stdout } = spawnSync(process.execPath, [vitest, "run", file, "-t", pattern], {
    cwd: folder,
    encoding: "utf8",
    timeout: 300_000,
  });
  return status === 0 && / passed/.test(stdout);
}
