/**
 * Long and large films in bounded memory and files: makes a film of many scenes, each with a voice, captions and a
 * picture of its own content, and watches the whole process tree while it renders. Then once more with everything cached.
 *
 *     node bin/node24.js bench/long-film.ts [scenes] [seconds a scene] [width]x[height] [quality]
 *
 * 900 8 640x360 draft is the 120-minute film; 8 5 3840x2160 standard the 4k one. Memory, descriptors and files do not
 * depend on the frame's size but for the slots' own, so the long film may be small to be quick.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ProductionResult } from "../src/produce/events.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SAMPLE_MS = 500;
const [scenes = 900, seconds = 8] = process.argv.slice(2, 4).map(Number);
const [width = 640, height = 360] = (process.argv[4] ?? "640x360").split("x").map(Number);
const quality = process.argv[5] ?? "draft";

/** Eight kHz mono WAV: syllables of a tone whose pitch tells the scene, so that no two are alike. */
function voice(scene: number): Buffer {
  const rate = 8000;
  const samples = Math.round(rate * (seconds - 0.5));
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    const syllable = Math.max(0, Math.sin((2 * Math.PI * 3 * i) / rate));
    wav.writeInt16LE(
      Math.round(9000 * syllable * Math.sin((2 * Math.PI * (140 + (scene % 97)) * i) / rate)),
      44 + 2 * i,
    );
  }
  return wav;
}

interface Sample {
  readonly processes: number;
  readonly rssBytes: number;
  readonly largestBytes: number;
  readonly descriptors: number;
}

/** Of a process and all below it, from /proc. */
function look(root: number): Sample {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const own = [root];
  for (let at = 0; at < own.length; at++) {
    for (const [child, parent] of parents) if (parent === own[at]) own.push(child);
  }
  let rssBytes = 0;
  let largestBytes = 0;
  let descriptors = 0;
  for (const id of own) {
    try {
      const rss =
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "latin1"))?.[1] ?? 0) * 1024;
      rssBytes += rss;
      largestBytes = Math.max(largestBytes, rss);
      descriptors = Math.max(descriptors, readdirSync(`/proc/${id}/fd`).length);
    } catch {
      // It has ended meanwhile.
    }
  }
  return { processes: own.length, rssBytes, largestBytes, descriptors };
}

const countFiles = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-long-"));
let child: ChildProcess | null = null;
try {
  mkdirSync(path.join(folder, "sound"));
  const pictures = readdirSync(path.join(ROOT, "examples/demo/pictures"))
    .filter((name) => /\.(jpg|jpeg|png|webp|avif)$/.test(name))
    .map((name) => path.join(ROOT, "examples/demo/pictures", name));
  const production = {
    version: 1,
    title: "Long",
    output: { width, height, fps: 30, quality },
    scenes: Array.from({ length: scenes }, (_, scene) => {
      const sound = path.join(folder, "sound", `${scene}.wav`);
      writeFileSync(sound, voice(scene));
      const srt = path.join(folder, "sound", `${scene}.srt`);
      writeFileSync(
        srt,
        `1\n00:00:00,200 --> 00:00:03,000\nThis is scene ${scene + 1}.\n\n2\n00:00:03,200 --> 00:00:06,000\nOf ${scenes} in all.\n`,
      );
      return { image: pictures[scene % pictures.length], audio: sound, subtitles: srt };
    }),
  };
  const file = path.join(folder, "production.json");
  writeFileSync(file, JSON.stringify(production));
  const cache = path.join(folder, "cache");
  const started = performance.now();
  child = spawn(
    process.execPath,
    [
      path.join(ROOT, "bin/reelburst.js"),
      "render",
      file,
      "--json",
      "--output",
      path.join(folder, "out/film.mp4"),
    ],
    { cwd: ROOT, env: { ...process.env, REELBURST_CACHE_DIR: cache }, stdio: ["ignore", "pipe", "inherit"] },
  );
  let last = "";
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    last = lines.findLast((line) => line.includes('"succeeded"') || line.includes('"failed"')) ?? last;
  });
  const samples: Sample[] = [];
  const timer = setInterval(() => {
    if (child?.pid !== undefined) samples.push(look(child.pid));
  }, SAMPLE_MS);
  const status = await new Promise<number | null>((resolve) => child?.once("exit", resolve));
  clearInterval(timer);
  const wall = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`The render ended with ${status}: ${last.slice(0, 2000)}`);
  const { result } = JSON.parse(last) as { result: ProductionResult };
  const most = (of: (sample: Sample) => number): number => Math.max(...samples.map(of));
  const half = samples.slice(Math.floor(samples.length * 0.25), Math.floor(samples.length * 0.5));
  const late = samples.slice(Math.floor(samples.length * 0.75), Math.floor(samples.length * 0.95));
  const mean = (list: readonly Sample[]): number =>
    list.reduce((sum, sample) => sum + sample.rssBytes, 0) / Math.max(1, list.length);
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const ends = result.slotEndSeconds;
  const again = performance.now();
  const rerun = spawnSync(
    process.execPath,
    [path.join(ROOT, "bin/reelburst.js"), "render", file, "--output", path.join(folder, "out/film.mp4")],
    { cwd: ROOT, env: { ...process.env, REELBURST_CACHE_DIR: cache }, stdio: "ignore" },
  );
  if (rerun.status !== 0) throw new Error(`The rerun ended with ${rerun.status}.`);
  const rerunSeconds = (performance.now() - again) / 1000;
  process.stdout.write(
    [
      `${scenes} scenes, ${result.frames} frames (${(result.seconds / 60).toFixed(1)} min) at ${width}x${height}, ${quality}: ${wall.toFixed(1)} s, ${(result.frames / wall).toFixed(0)} frames/s, film ${mb(result.sizeBytes)}`,
      `stages: ${result.stages.map(({ stage, seconds: spent }) => `${stage} ${spent.toFixed(1)} s`).join(", ")}`,
      `memory of all processes: at most ${mb(most((sample) => sample.rssBytes))}; mean of the second quarter ${mb(mean(half))}, of the last ${mb(mean(late))}; largest process ${mb(most((sample) => sample.largestBytes))}; largest slot ${mb(result.peakMemoryBytes)}`,
      `processes at most ${most((sample) => sample.processes)}, descriptors of one at most ${most((sample) => sample.descriptors)}`,
      `files: ${countFiles(cache)} in the cache, ${countFiles(path.join(cache, "tmp"))} of them temporary; ${countFiles(path.join(folder, "out"))} in the output folder`,
      `slots ended at ${ends.map((end) => `${end.toFixed(1)} s`).join(", ")}: ${((1 - Math.min(...ends) / Math.max(...ends)) * 100).toFixed(1)} % apart`,
      `again, with everything cached: ${rerunSeconds.toFixed(2)} s, ${((100 * rerunSeconds) / wall).toFixed(2)} % of that`,
      "",
    ].join("\n"),
  );
} finally {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
