/** What a render takes from its surroundings: nothing. Linux only where it looks at processes through /proc. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/render/process/limits.ts";
import { RenderProcess } from "../../src/render/process/render-process.ts";
import { processesNaming, runCli } from "../e2e/support/cli.ts";
import { Studio } from "../e2e/support/studio.ts";
import { hostilePictures } from "../fixtures/hostile-pictures.ts";
import { hostileSounds } from "../fixtures/hostile-sound-list.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { babble } from "../fixtures/wav.ts";

describe("the same production under another language and time", () => {
  let studio: Studio;
  const made = new Map<string, readonly (readonly [string, Buffer])[]>();
  const surroundings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    plain: { LC_ALL: "C", TZ: "UTC" },
    turkish: { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", LANGUAGE: "tr", TZ: "Asia/Kathmandu" },
    german: { LC_NUMERIC: "de_DE.UTF-8", LANG: "de_DE.UTF-8", TZ: "Antarctica/Troll" },
    odd: {
      LC_ALL: "xx_%d.'",
      LANG: "",
      TZ: ":/nowhere",
      FFREPORT: "file=ffreport.log:level=48",
      FONTCONFIG_PATH: "/nowhere",
    },
  };

  beforeAll(async () => {
    studio = await Studio.open();
    await studio.picture("I\u0131\u0130i.png", naturalNoise(96, 64));
    await studio.wav("n.wav", babble(48_000, 30_000, 0.3));
    await studio.write("c.srt", "1\n00:00:00,100 --> 00:00:00,500\nTITLE, Istanbul 1.5\n");
    await studio.write(
      "production.yaml",
      "output: {width: 96, height: 64, fps: 30000/1001, quality: draft}\nscenes:\n  - {image: I\u0131\u0130i.png, audio: n.wav, subtitles: c.srt, pad: {before: 0.25, after: 0.1}, captions: {size: 1.35, boxOpacity: 0.45}}\n",
    );
    for (const [name, env] of Object.entries(surroundings)) {
      const ending = await runCli(
        ["render", studio.at("production.yaml"), "--output", studio.at(`${name}/film.mp4`)],
        {
          cwd: studio.folder,
          cacheDirectory: studio.at(`${name}-cache`),
          env,
        },
      );
      expect(ending.code, ending.stderr).toBe(0);
      const files = readdirSync(studio.at(name)).filter((file) => !file.endsWith(".json"));
      made.set(
        name,
        files.toSorted().map((file) => [file, readFileSync(studio.at(`${name}/${file}`))]),
      );
    }
  });
  afterAll(() => studio.close());

  test.for(Object.keys(surroundings).slice(1))("%s: the same bytes", (name) => {
    const [plain, other] = [made.get("plain"), made.get(name)];
    expect(plain?.map(([file]) => file)).toContain("film.mp4");
    expect(plain?.map(([file]) => file)).toContain("film.srt");
    expect(other?.map(([file]) => file)).toEqual(plain?.map(([file]) => file));
    for (const [index, [file, bytes]] of (plain ?? []).entries())
      expect(other?.[index]?.[1].equals(bytes), file).toBe(true);
  });

  test("no library wrote a report because a variable told it to", () => {
    expect(readdirSync(studio.folder).filter((name) => name.endsWith(".log"))).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("a render process", () => {
  let folder: string;
  let child: RenderProcess;
  let secretFile: number;

  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-hostile-"));
    writeFileSync(path.join(folder, "secret.txt"), "a secret");
    process.env["REELBURST_TEST_SECRET"] = "sesame-open-4711";
    secretFile = openSync(path.join(folder, "secret.txt"), "r");
    child = new RenderProcess({ limits: DEFAULT_LIMITS, tempRoot: folder, compileCache: null });
  });
  afterAll(async () => {
    delete process.env["REELBURST_TEST_SECRET"];
    closeSync(secretFile);
    await child.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const picture = async (): Promise<string> => {
    const file = path.join(folder, "p.png");
    const found = (await hostilePictures(1e5)).find(({ name }) => name === "1-bit.png");
    writeFileSync(file, found?.bytes ?? "");
    return file;
  };
  const descriptors = (): string[] =>
    readdirSync(`/proc/${child.pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${child.pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });

  test("gets no variable and no open file of its parent", async () => {
    await child.run("probeImage", { path: await picture() });
    const names = readFileSync(`/proc/${child.pid}/environ`, "latin1")
      .split("\0")
      .map((entry) => entry.split("=")[0]);
    expect(names).toContain("TMPDIR");
    // PWD and the like are the shell's own.
    const allowed =
      /^(?:PATH|FONTCONFIG_FILE|TMPDIR|MALLOC_ARENA_MAX|SVT_LOG|NODE_CHANNEL_\w+|PWD|OLDPWD|SHLVL|_|)$/;
    expect(names.filter((name) => !allowed.test(name ?? ""))).toEqual([]);
    expect(readlinkSync(`/proc/self/fd/${secretFile}`)).toContain("secret.txt");
    expect(descriptors().filter((target) => target.includes("secret.txt"))).toEqual([]);
    // Both ways of looking find what there is.
    expect(processesNaming(folder).map(({ pid }) => pid)).toContain(child.pid);
  });

  test("keeps no descriptor of the files it refused, and no file", async () => {
    await child.run("probeImage", { path: await picture() });
    const sound = path.join(folder, "s.wav");
    const sounds = hostileSounds().filter(([, bytes, outcome]) => outcome !== "OK" && bytes.length < 50_000);
    const refuse = async (): Promise<number> => {
      let refused = 0;
      for (const [, bytes] of sounds) {
        writeFileSync(sound, bytes);
        const limits = { maxDurationSeconds: 60, maxOutputBytes: 1e8 };
        const input = { path: sound, outPath: path.join(folder, "s.pcm"), limits };
        await child.run("decodeAudio", input).catch(() => refused++);
        await child.run("probeImage", { path: sound }).catch(() => refused++);
      }
      return refused;
    };
    // Once before counting: libraries are loaded with the first file.
    await refuse();
    const before = descriptors().length;
    expect(await refuse()).toBeGreaterThan(40);
    expect(descriptors().length).toBeLessThanOrEqual(before);
    expect(descriptors().filter((target) => target.includes("s.wav"))).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual(["p.png", "s.wav", "secret.txt"]);
  });
});
