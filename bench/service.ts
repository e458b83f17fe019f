/**
 * What the service costs and how quickly it answers: a cold start on a data folder in use, a thousand waiting productions
 * listed, the first event of a stream, and a film made through it against the same film made by the command line alone.
 * Both films are cold, in turn; prints medians and ratios.
 *
 *     node bin/node24.js bench/service.ts [rounds] [scenes] [seconds a scene] [width]x[height]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Served } from "../test/e2e/support/server.ts";
import { renderWhole } from "./parts/whole-render.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURE = path.join(ROOT, "examples/demo/pictures/harbour.jpg");
const WAITING = 1000;
const [rounds = 2, scenes = 60, seconds = 2] = process.argv.slice(2, 5).map(Number);
const [width = 1280, height = 720] = (process.argv[5] ?? "1280x720").split("x").map(Number);

const folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-bench-"));
const say = (line: string): void => console.log(line);
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const timed = async <Result>(work: () => Promise<Result>): Promise<[number, Result]> => {
  const from = performance.now();
  const result = await work();
  return [performance.now() - from, result];
};

/** Different in every scene, so that no chunk is like another. */
function film(image: string): object {
  return {
    version: 1,
    output: { width, height, fps: 30 },
    scenes: Array.from({ length: scenes }, (_, index) => ({
      image,
      duration: seconds,
      motion: { effect: index % 2 === 0 ? "zoomIn" : "zoomOut", amount: 0.1 + index * 0.001 },
    })),
  };
}

async function made(server: Served, id: string): Promise<void> {
  await server.follow(id);
  const { status } = await server.get(`/v1/productions/${id}`);
  if (status !== "succeeded") throw new Error(`The film ended ${status}: ${server.log}`);
}

async function posted(server: Served, document: object): Promise<string> {
  const response = await server.post("/v1/productions", document);
  if (response.status !== 202) throw new Error(await response.text());
  return ((await response.json()) as { id: string }).id;
}

try {
  const file = path.join(folder, "film.json");
  writeFileSync(file, JSON.stringify(film(PICTURE)));
  const alone: number[] = [];
  const served: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const cache = path.join(folder, `alone-${round}`);
    const run = await renderWhole(file, path.join(folder, "alone.mp4"), { cache, slots: 2 });
    alone.push(run.wallSeconds);
    rmSync(cache, { recursive: true, force: true });

    const data = path.join(folder, `served-${round}`);
    mkdirSync(data);
    const server = await Served.start({ data, cache: path.join(data, "cache") });
    const image = await server.upload(new Uint8Array(readFileSync(PICTURE)));
    const [ms] = await timed(async () => made(server, await posted(server, film(image))));
    served.push(ms / 1000);
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  }
  say(`${scenes} scenes of ${seconds} s at ${width}x${height}, ${rounds} rounds`);
  say(`  command line  ${alone.map((each) => each.toFixed(1)).join(" ")} s (whole process)`);
  say(`  service       ${served.map((each) => each.toFixed(1)).join(" ")} s (from POST to its end)`);
  say(`  ratio of medians ${(median(served) / median(alone)).toFixed(3)}`);

  const data = path.join(folder, "data");
  mkdirSync(data);
  const cache = path.join(data, "cache");
  const first = await Served.start({ data, cache });
  const card = { version: 1, scenes: [{ card: { title: "One of many" }, duration: 600 }] };
  for (let index = 0; index < WAITING; index += 20)
    await Promise.all(Array.from({ length: 20 }, () => posted(first, card)));
  const lists: number[] = [];
  const streams: number[] = [];
  for (let turn = 0; turn < 20; turn++) {
    const [ms] = await timed(async () => {
      let cursor: string | null = "";
      let listed = 0;
      while (cursor !== null) {
        const page = (await first.get(
          `/v1/productions?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`,
        )) as { productions: unknown[]; nextCursor: string | null };
        listed += page.productions.length;
        cursor = page.nextCursor;
      }
      if (listed !== WAITING) throw new Error(`${listed} were listed.`);
    });
    lists.push(ms);
    const page = (await first.get("/v1/productions?limit=1")) as { productions: { id: string }[] };
    const id = page.productions[0]?.id ?? "";
    streams.push((await timed(() => first.follow(id, { until: () => true })))[0]);
  }
  say(
    `${WAITING} waiting productions, all pages, while the first are made: median ${median(lists).toFixed(0)} ms`,
  );
  say(`first event of a stream: median ${median(streams).toFixed(0)} ms`);
  await first.stop();
  const starts: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const [ms, server] = await timed(() => Served.start({ data, cache }));
    starts.push(ms);
    await server.stop();
  }
  say(`start on that folder: ${starts.map((ms) => ms.toFixed(0)).join(" ")} ms`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
