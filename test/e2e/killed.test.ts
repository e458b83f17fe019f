/** What remains when a render is killed or stopped at any moment. Linux only: it looks at processes through /proc. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ReelburstError } from "../../src/support/errors.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";
import { type Ending, mainProcessOf, processesNaming, runCli } from "./support/cli.ts";
import { decodeFilm } from "./support/decoded-film.ts";
import { Studio } from "./support/studio.ts";

const SCENES = 6;
const linux = process.platform === "linux";

let studio: Studio;
const scenes = Array.from({ length: SCENES }, (_, index) => ({
  id: `s${index}`,
  image: `p${index % 2}.png`,
  audio: `n${index % 2}.wav`,
}));
const production = { output: { width: 192, height: 108, fps: 10, quality: "draft" as const }, scenes };

beforeAll(async () => {
  studio = await Studio.open();
  for (const index of [0, 1]) {
    await studio.picture(`p${index}.png`, naturalNoise(192, 108, index + 1));
    await studio.wav(`n${index}.wav`, babble(48_000, 48_000 + index * 5000, 0.3, index + 1));
  }
  await studio.write("production.json", JSON.stringify({ version: 1, ...production }));
});
afterAll(() => studio.close());

function run(name: string, onEvent?: Parameters<typeof runCli>[1]["onEvent"]): Promise<Ending> {
  return runCli(["render", studio.at("production.json"), "--output", studio.at(`${name}/film.mp4`)], {
    cwd: studio.folder,
    cacheDirectory: studio.at(`${name}-cache`),
    ...(onEvent === undefined ? {} : { onEvent }),
  });
}

/** Children notice their parent's end within one native call. */
async function waitUntilGone(marker: string): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    if (processesNaming(marker).length === 0) return 0;
    await sleep(50);
  }
  return processesNaming(marker).length;
}

describe.runIf(linux)("kill -9 of the program", () => {
  let undisturbed: Ending;
  let film: Buffer;
  let killedInTime = 0;

  beforeAll(async () => {
    undisturbed = await run("whole");
    film = await readFile(studio.at("whole/film.mp4"));
  });

  test("an undisturbed run succeeds and leaves no process", async () => {
    expect(undisturbed.code, undisturbed.stderr).toBe(0);
    expect(await waitUntilGone(studio.at("whole-cache"))).toBe(0);
  });

  test.for(Array.from({ length: 10 }, (_, moment) => moment))(
    "at moment %i of 10 leaves nothing that looks finished, and the next run ends alike",
    async (moment) => {
      const name = `killed-${moment}`;
      // Told by the program's own progress, so that the moments lie where they should on a slow machine too.
      const killAfter = Math.floor((moment * undisturbed.events.length) / 10);
      const marker = studio.at(`${name}-cache`);
      let killed = false;
      const ending = await run(name, (index, _event, shim) => {
        if (index < killAfter || killed) return;
        const main = mainProcessOf(shim);
        if (main === null) return;
        killed = true;
        process.kill(main, "SIGKILL");
      });
      // Its last events may have been on their way: then it is an undisturbed run.
      if (ending.code !== 0) expect(ending.code).toBe(137);
      if (ending.code === 137) killedInTime += 1;
      expect(await waitUntilGone(marker)).toBe(0);
      const target = studio.at(`${name}/film.mp4`);
      if (existsSync(target)) expect((await readFile(target)).equals(film)).toBe(true);

      const next = await run(name);
      expect(next.code, next.stderr).toBe(0);
      expect((await readFile(target)).equals(film)).toBe(true);
      const whole = await readdir(studio.at("whole"));
      expect(await readdir(path.dirname(target))).toEqual(whole);
      expect(await readdir(path.join(marker, "tmp"))).toEqual([]);
    },
  );

  test("most of the moments came before the end", () => {
    expect(killedInTime).toBeGreaterThanOrEqual(6);
  });
});

test.runIf(linux)("kill -9 of the launcher under an older Node ends the work behind it", async () => {
  let killed = false;
  const ending = await runCli(
    ["render", studio.at("production.json"), "--output", studio.at("launched/film.mp4")],
    {
      cwd: studio.folder,
      cacheDirectory: studio.at("launched-cache"),
      olderNode: true,
      onEvent: (_index, event, launcher) => {
        if (killed || event["type"] !== "progress") return;
        expect(mainProcessOf(launcher)).not.toBe(launcher.pid);
        killed = launcher.kill("SIGKILL");
      },
    },
  );
  expect(killed).toBe(true);
  expect(ending.code).toBe(137);
  expect(await waitUntilGone(studio.at("launched-cache"))).toBe(0);
  expect(existsSync(studio.at("launched/film.mp4"))).toBe(false);
});

test.runIf(linux)(
  "a film's leftovers from a dead run are swept, a living run's are not touched",
  async () => {
    await mkdir(studio.at("swept"), { recursive: true });
    // A process id that no process has: beyond the kernel's largest.
    const scope = (await import("../../src/support/process-identity.ts")).ownIdentity().scope;
    await studio.write(`swept/.reelburst-99999999.1.${scope}-0.tmp`, "dead");
    const { ownIdentity, processTag } = await import("../../src/support/process-identity.ts");
    const living = `.reelburst-${processTag(ownIdentity())}-7777.tmp`;
    await studio.write(`swept/${living}`, "alive");
    await studio.write("swept/.hidden-of-the-user", "mine");
    await studio.render({ scenes: [{ image: "p0.png", duration: 0.5 }] }, { output: "swept/film.mp4" });
    const names = await readdir(studio.at("swept"));
    expect(names.filter((name) => name.startsWith(".")).toSorted()).toEqual(
      [".hidden-of-the-user", living].toSorted(),
    );
  },
);

describe("an abort in the middle", () => {
  test("ends with ABORTED, ends the children, keeps finished chunks and publishes nothing", async () => {
    const stop = new AbortController();
    const many = {
      ...production,
      scenes: Array.from({ length: 12 }, (_, index) => ({
        id: `a${index}`,
        image: "p0.png",
        duration: 1.5 + index / 10,
      })),
    };
    let chunksDone = 0;
    const error = await studio.renderError(many, {
      cache: "aborted-cache",
      output: "aborted/film.mp4",
      slots: 2,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "scene" && event.status === "done" && ++chunksDone === 4) stop.abort();
      },
    });
    expect(error).toBeInstanceOf(ReelburstError);
    expect((error as ReelburstError).code).toBe("ABORTED");
    if (linux) expect(await waitUntilGone(studio.at("aborted-cache"))).toBe(0);
    expect(await readdir(studio.at("aborted"))).toEqual([]);
    const { result, output } = await studio.render(many, {
      cache: "aborted-cache",
      output: "aborted/film.mp4",
      slots: 2,
    });
    expect(result.chunks.cached).toBeGreaterThanOrEqual(4);
    expect(result.chunks.rendered).toBeGreaterThan(0);
    expect(decodeFilm(output).frames).toHaveLength(result.frames);
  });

  test.runIf(linux)("by Ctrl+C ends with 130 and leaves no process", async () => {
    let sent = false;
    const ending = await run("interrupted", (_index, event, shim) => {
      if (sent || event["type"] !== "progress") return;
      const main = mainProcessOf(shim);
      if (main === null) return;
      sent = true;
      process.kill(main, "SIGINT");
    });
    expect(sent).toBe(true);
    expect(ending.code).toBe(130);
    expect(await waitUntilGone(studio.at("interrupted-cache"))).toBe(0);
    expect(await readdir(studio.at("interrupted"))).toEqual([]);
  });
});
