/**
 * Every check that is not a test, one line each: `npm run check`. A tool's output is shown when it fails.
 * Ends with 1 when any check failed; all of them run.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Check {
  readonly name: string;
  /** A script and its arguments, run by this very Node. */
  readonly script: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: "types", script: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"] },
  {
    name: "types, console",
    script: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "console/tsconfig.json"],
  },
  {
    name: "lint and format",
    script: [
      "node_modules/@biomejs/biome/bin/biome",
      "ci",
      "--colors=off",
      "--error-on-warnings",
      "--max-diagnostics=100",
    ],
  },
  { name: "imports", script: ["scripts/check-imports.ts"] },
  { name: "dead code", script: ["node_modules/knip/bin/knip.js", "--no-progress"] },
  { name: "kernel.wasm", script: ["scripts/build-kernel.ts", "--check"] },
  { name: "console", script: ["scripts/build-console.ts", "--check"] },
  { name: "JSON schema", script: ["scripts/build-schema.ts", "--check"] },
  { name: "files", script: ["scripts/check-tree.ts"] },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const nameWidth = Math.max(...CHECKS.map(({ name }) => name.length));

let failures = 0;
for (const { name, script } of CHECKS) {
  const startedMs = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, script, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64e6,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const isOk = status === 0;
  process.stdout.write(
    `${isOk ? "ok    " : "failed"}  ${name.padEnd(nameWidth)}  ${seconds.padStart(5)} s\n`,
  );
  if (isOk) continue;
  failures++;
  const output = [stdout, stderr, error?.message ?? ""].filter((text) => text.trim() !== "").join("\n");
  process.stdout.write(`${output.trimEnd()}\n\n`);
}
process.stdout.write(`${CHECKS.length - failures} checks passed, ${failures} failed\n`);
if (failures > 0) process.exitCode = 1;
