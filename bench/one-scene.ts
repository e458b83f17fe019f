/**
 * One captioned 8 s scene at 1080p30, cold, against x264 alone: the whole render of Reelburst (process start,
 * picture decoding, motion, captions, encoding, assembly, the publication gate) and the mere encoding of the
 * very same frames, in turn, several times. Prints ratios.
 *
 * Cold means that nothing made of the scene is there yet. Node's compiled form of the program is, as it is for everybody
 * from the second render on.
 *
 *     node bin/node24.js bench/one-scene.ts [rounds] [picture]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseProduction } from "../src/spec/parse.ts";
import { paintScene } from "./measure/paint-scene.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const rounds = Number(process.argv[2] ?? 5);
const picture = path.resolve(process.argv[3] ?? path.join(ROOT, "examples/demo/pictures/harbour.jpg"));
const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-bench-"));
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): { stdout: string; seconds: number } => {
  const started = performance.now();
  const done = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1e8,
  });
  if (done.status !== 0) throw new Error(`${args.join(" ")}: ${done.stderr}`);
  return { stdout: done.stdout, seconds: (performance.now() - started) / 1000 };
};

try {
  const srt = path.join(folder, "scene.srt");
  writeFileSync(
    srt,
    "1\n00:00:00,300 --> 00:00:02,600\nPhotographers call it the blue hour.\n\n2\n00:00:02,800 --> 00:00:05,200\nIt lasts about forty minutes,\nif the sky is clear.\n\n3\n00:00:05,400 --> 00:00:07,800\nThen the windows take over.\n",
  );
  const input = {
    version: 1,
    output: { width: 1920, height: 1080, fps: 30, quality: "standard" },
    scenes: [
      {
        id: "scene",
        image: { src: picture },
        subtitles: { src: srt },
        duration: 8,
        motion: { effect: "zoomIn", amount: 0.2 },
      },
    ],
  };
  const file = path.join(folder, "production.json");
  writeFileSync(file, JSON.stringify(input));
  const { production, issues } = parseProduction(input, { baseDirectory: folder });
  if (production === null) throw new Error(JSON.stringify(issues));
  const raw = path.join(folder, "frames.yuv");
  const work = path.join(folder, "work");
  mkdirSync(work);
  const { frames, plans } = await paintScene(production, raw, work);
  const own = Object.entries(plans[0]?.encoder.options ?? {}).map(([name, value]) => `${name}=${value}`);

  const cache = path.join(folder, "cache");
  const render = (): { seconds: number } => {
    rmSync(path.join(cache, "chunks"), { recursive: true, force: true });
    return run(
      [path.join(ROOT, "bin/reelburst.js"), "render", file, "--output", path.join(folder, "film.mp4")],
      { REELBURST_CACHE_DIR: cache },
    );
  };
  render();

  const wholes: number[] = [];
  const floors: { veryfast: number; ownSetting: number }[] = [];
  const encodeOnly = (
    threads: number,
    options: readonly string[],
  ): { wallSeconds: number; cpuSeconds: number; sizeBytes: number } =>
    JSON.parse(
      run([path.join(ROOT, "bench/encode-only.ts"), raw, "1920", "1080", String(threads), ...options]).stdout,
    ) as never;
  process.stdout.write(
    `${frames} frames, ${rounds} rounds: seconds of wall time\n\n  whole render   x264 veryfast   own setting   whole/veryfast   whole/own\n`,
  );
  for (let round = 0; round < rounds; round++) {
    const whole = render();
    const veryfast = encodeOnly(0, ["preset=veryfast", "crf=23"]);
    const ownSetting = encodeOnly(0, own);
    wholes.push(whole.seconds);
    floors.push({ veryfast: veryfast.wallSeconds, ownSetting: ownSetting.wallSeconds });
    process.stdout.write(
      `  ${whole.seconds.toFixed(2).padStart(12)}   ${veryfast.wallSeconds.toFixed(2).padStart(13)}   ${ownSetting.wallSeconds.toFixed(2).padStart(11)}` +
        `   ${(whole.seconds / veryfast.wallSeconds).toFixed(3).padStart(14)}   ${(whole.seconds / ownSetting.wallSeconds).toFixed(3).padStart(9)}\n`,
    );
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] as number;
  const ratio = median(wholes.map((whole, index) => whole / (floors[index]?.veryfast ?? 1)));
  const ownRatio = median(wholes.map((whole, index) => whole / (floors[index]?.ownSetting ?? 1)));
  process.stdout.write(
    `\nmedian: the whole render takes ${ratio.toFixed(2)} of the time in which x264 veryfast merely encodes the same frames on all cores` +
      ` (${median(wholes).toFixed(2)} s against ${median(floors.map((floor) => floor.veryfast)).toFixed(2)} s),` +
      ` and ${ownRatio.toFixed(2)} of the time for its own setting.\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
