/** Reelburst itself, as a user runs it: one cold start of the program, from files to a published film. */
import path from "node:path";
import { type Measured, runMeasured } from "../measure/run-measured.ts";
import { ROOT } from "./scene.ts";

export function renderWhole(
  production: string,
  output: string,
  run: { readonly cache: string; readonly slots?: number },
): Promise<Measured> {
  const slots = run.slots === undefined ? [] : ["--slots", String(run.slots)];
  return runMeasured(
    process.execPath,
    [path.join(ROOT, "bin/reelburst.js"), "render", production, "--output", output, ...slots],
    { env: { REELBURST_CACHE_DIR: run.cache } },
  );
}
