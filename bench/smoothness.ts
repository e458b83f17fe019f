/** `node bin/node24.js bench/smoothness.ts film.mp4 [--start seconds] [--frames count] [--json]` */
import { parseArgs } from "node:util";
import { decodeFile, frameRateOf } from "./measure/decode-frames.ts";
import { measureSmoothness } from "./measure/smoothness.ts";

const USAGE = "Usage: smoothness.ts film.mp4 [film2.mp4 ...] [--start seconds] [--frames count] [--json]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { start: { type: "string" }, frames: { type: "string" }, json: { type: "boolean" } },
});
const start = Number(values.start ?? 0);
const frames = values.frames === undefined ? Number.POSITIVE_INFINITY : Number(values.frames);
if (positionals.length === 0 || !(start >= 0) || !(frames > 0)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

if (!values.json) {
  process.stdout.write("  frames     jitter  detrended      worst  reversals  visible  lost  corners\n");
}
for (const path of positionals) {
  const skip = Math.round(start * frameRateOf(path));
  const result = await measureSmoothness(decodeFile(path, { skip, frames }));
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ path, ...result })}\n`);
    continue;
  }
  const cells = [
    String(result.frames).padStart(8),
    ...[result.jitter, result.detrendedJitter, result.worst].map((value) => value.toFixed(4).padStart(11)),
    String(result.reversals).padStart(11),
    String(result.visibleReversals).padStart(9),
    String(result.lost).padStart(6),
    result.meanInliers.toFixed(0).padStart(9),
  ];
  process.stdout.write(`${cells.join("")}  ${path}\n`);
}
