import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { App, PlanReport, RenderRequest } from "../app.ts";
import { ReelburstError } from "../support/errors.ts";
import { runCli } from "./program.ts";
import { type FakeContext, fakeContext, fakeResult } from "./testing/fake-context.ts";
import { writeMedia, writeProduction } from "./testing/small-production.ts";
import { VirtualTerminal } from "./testing/virtual-terminal.ts";

let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), "reelburst-cli-"));
});
afterEach(() => rm(cwd, { recursive: true }));

/** An app that renders at once, or does what `behave` says. */
function renderer(
  behave: (request: RenderRequest, number: number) => void = () => {},
): Partial<App> & { requests: RenderRequest[] } {
  const requests: RenderRequest[] = [];
  return {
    requests,
    render: async (request, { emit }) => {
      requests.push(request);
      emit({ type: "state", state: "rendering" });
      behave(request, requests.length);
      return fakeResult({ film: request.output });
    },
  };
}

function jsonLines(context: FakeContext): Record<string, unknown>[] {
  return context.stdout.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("usage", () => {
  test.each([
    [["--help"], 0],
    [["render", "--help"], 0],
    [["--version"], 0],
    [[], 2],
    [["nonsense"], 2],
    [["render"], 2],
    [["render", "a", "b"], 2],
    [["render", "a", "--nonsense"], 2],
    [["render", "a", "--slots", "0"], 2],
    [["render", "a", "--slots", "two"], 2],
    [["render", "a", "--quality", "best"], 2],
    [["render", "a", "--preview", "--quality", "high"], 2],
    [["render", "a", "--picture-seconds", "-1"], 2],
    [["batch", "a"], 2],
    [["validate"], 2],
  ] as const)("%j ends with %d", async (argv, exitCode) => {
    const context = fakeContext(cwd);
    expect(await runCli(argv, context)).toBe(exitCode);
    expect(context.appsOpened).toEqual([]);
    if (exitCode === 0) expect(context.stderr.text).toBe("");
    else expect(context.stdout.text).toBe("");
  });

  test("a wrong option is said in one sentence with a hint, without a stack", async () => {
    const context = fakeContext(cwd);
    await runCli(["render", "a", "--slot\u001b[2Js", "1"], context);
    expect(context.stderr.text).toMatch(
      /^USAGE: Unknown option '--slot\[2Js'.*\n {2}Run "reelburst --help".*\n$/,
    );
  });

  test("and as an object with --json", async () => {
    const context = fakeContext(cwd);
    expect(await runCli(["render", "--json"], context)).toBe(2);
    expect(jsonLines(context)).toMatchObject([{ type: "failed", error: { code: "USAGE" }, problems: [] }]);
    expect(context.stderr.text).toBe("");
  });

  test("the help lists the exit codes", async () => {
    const context = fakeContext(cwd);
    await runCli(["--help"], context);
    expect(context.stdout.text).toContain("  130  stopped by Ctrl+C");
    expect(context.stdout.lines().every((line) => line.length <= 80)).toBe(true);
  });

  test("an environment that can't be read is a usage error", async () => {
    const readConfig = (): never => {
      throw new ReelburstError("CONFIG_INVALID", 'REELBURST_SLOTS is "many".', { path: "REELBURST_SLOTS" });
    };
    const context = { ...fakeContext(cwd), readConfig };
    expect(await runCli(["doctor"], context)).toBe(2);
    expect(context.stderr.text).toContain('CONFIG_INVALID: REELBURST_SLOTS is "many".');
  });
});

describe("render", () => {
  test("hands the request over and prints the path alone on stdout", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1", "s2"]);
    const app = renderer();
    const context = fakeContext(cwd, app);
    expect(await runCli(["render", "demo", "--slots", "3", "--no-cache"], context)).toBe(0);
    expect(context.stdout.text).toBe(`${path.join(cwd, "demo.mp4")}\n`);
    expect(context.stderr.text).toContain("rendering\n");
    expect(app.requests).toMatchObject([{ output: path.join(cwd, "demo.mp4"), slots: 3, useCache: false }]);
    expect([context.appsOpened, context.appsClosed, context.listeners()]).toEqual([[0], [0], 0]);
  });

  test("on a terminal the path is the last line, harmless there and exact in a pipe", async () => {
    const name = "de\u001b[2Jmo";
    await writeProduction(path.join(cwd, name), ["s1"]);
    const terminal = new VirtualTerminal(80);
    const onTerminal = { ...fakeContext(cwd, renderer()), stdout: terminal, stderr: terminal };
    expect(await runCli(["render", name, "-o", "out"], onTerminal)).toBe(0);
    expect(terminal.lines().join("")).toContain(path.join("out", "de[2Jmo.mp4"));
    const piped = fakeContext(cwd, renderer());
    await runCli(["render", name, "-o", "out"], piped);
    expect(piped.stdout.text).toBe(`${path.join(cwd, "out", `${name}.mp4`)}\n`);
  });

  test("--only, --preview and --quality make another cut", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1", "s2"]);
    const app = renderer();
    await runCli(["render", "demo", "--only", "s2", "--preview"], fakeContext(cwd, app));
    await runCli(["render", "demo", "--quality", "high"], fakeContext(cwd, app));
    const [cut, high] = app.requests;
    expect(cut?.production.scenes.map(({ id }) => id)).toEqual(["s2"]);
    expect(cut?.production.output).toMatchObject({ width: 640, height: 360, quality: "draft" });
    expect(cut?.output).toBe(path.join(cwd, "demo.s2.preview.mp4"));
    expect(high?.production.output.quality).toBe("high");
    const context = fakeContext(cwd, app);
    expect(await runCli(["render", "demo", "--only", "s9"], context)).toBe(2);
    expect(context.stderr.text).toContain("SCENE_UNKNOWN");
  });

  test("all that is wrong with the input, each with its path, and nothing is started", async () => {
    await mkdir(path.join(cwd, "demo"));
    await writeFile(
      path.join(cwd, "demo", "production.json"),
      '{"version":1,"scenes":[{"id":"a","image":"x.png","duration":1},{"id":"b","image":"y.png","duration":1}]}',
    );
    const context = fakeContext(cwd);
    expect(await runCli(["render", "demo"], context)).toBe(3);
    expect(context.stderr.text).toContain("INPUT_INVALID: demo has 2 errors.");
    expect(context.stderr.text).toContain("at scenes[0].image.src");
    expect(context.stderr.text).toContain("at scenes[1].image.src");
    expect(context.appsOpened).toEqual([]);
    const json = fakeContext(cwd);
    expect(await runCli(["render", "demo", "--json"], json)).toBe(3);
    expect(jsonLines(json)).toMatchObject([
      { type: "failed", problems: [{ path: "scenes[0].image.src" }, { path: "scenes[1].image.src" }] },
    ]);
  });

  test("--language is refused where it would be ignored", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    expect(await runCli(["render", "demo", "--language", "english"], fakeContext(cwd))).toBe(2);
    await writeMedia(path.join(cwd, "both"), [
      "a_english.png",
      "a_english.mp3",
      "a_chinese.png",
      "a_chinese.mp3",
    ]);
    const app = renderer();
    expect(await runCli(["render", "both", "--language", "chinese"], fakeContext(cwd, app))).toBe(0);
    expect(app.requests[0]?.production.scenes.map(({ language }) => language)).toEqual(["zh"]);
  });

  test.each([
    [new ReelburstError("RENDER_PROCESS_DIED", "A render process died."), 1],
    [new ReelburstError("IMAGE_UNREADABLE", "s1: damaged.", { path: "scenes[0].image.src" }), 3],
    [new ReelburstError("DISK_FULL", "The disk is full."), 4],
    [Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" }), 4],
    [new TypeError("x is not a function"), 1],
  ])("%s ends with %d and shows no stack", async (error, exitCode) => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const app = renderer(() => {
      throw error;
    });
    const context = fakeContext(cwd, app);
    expect(await runCli(["render", "demo"], context)).toBe(exitCode);
    expect(context.stderr.text).toContain(exitCode === 4 ? "DISK_FULL: The disk is full." : error.message);
    expect(context.stderr.text).not.toContain("    at ");
    expect(context.stdout.text).toBe("");
    expect(context.appsClosed).toEqual([0]);
    const debugging = fakeContext(cwd, app);
    await runCli(["render", "demo", "--debug"], debugging);
    expect(debugging.stderr.text).toContain("    at ");
  });

  test("JSON: the app's own events, ended by exactly one ending", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const done = fakeContext(cwd, renderer());
    await runCli(["render", "demo", "--json"], done);
    expect(jsonLines(done).map(({ type }) => type)).toEqual(["state", "succeeded"]);
    expect(done.stderr.text).toBe("");
    const problem = { code: "IMAGE_UNREADABLE", message: "Damaged.", retryable: false };
    const failing = fakeContext(cwd, {
      render: async (_request, { emit }) => {
        emit({ type: "failed", error: problem, problems: [problem, { ...problem, message: "Also." }] });
        emit({ type: "state", state: "failed" });
        throw ReelburstError.fromJSON(problem);
      },
    });
    expect(await runCli(["render", "demo", "--json"], failing)).toBe(3);
    expect(jsonLines(failing)).toMatchObject([
      { type: "failed", problems: [{ message: "Damaged." }, { message: "Also." }] },
    ]);
  });

  test("skipped scenes have a code of their own", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const skipped = {
      id: "s1",
      status: "skipped",
      error: null,
      startSeconds: null,
      seconds: 0,
      attempts: 3,
      cached: false,
      renderSeconds: 0,
      file: null,
    } as const;
    const context = fakeContext(cwd, {
      render: async ({ output }) => fakeResult({ film: output, scenes: [skipped] }),
    });
    expect(await runCli(["render", "demo"], context)).toBe(5);
    expect(context.stdout.text).toContain("demo.mp4");
  });
});

describe("stopping", () => {
  function endless(started: () => void): Partial<App> {
    return {
      render: (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          started();
        }),
    };
  }

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s cancels, closes the app and ends with %d", async (signal, exitCode) => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      cwd,
      endless(() => context.send(signal)),
    );
    expect(await runCli(["render", "demo"], context)).toBe(exitCode);
    expect(context.stderr.text).toContain("Stopping…; finished chunks are kept\n");
    expect(context.stderr.text).not.toContain("ABORTED");
    expect(context.appsClosed).toEqual([0]);
    expect([context.left, context.listeners()]).toEqual([[], 0]);
  });

  test("the second leaves at once", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      cwd,
      endless(() => {
        context.send("SIGINT");
        context.send("SIGINT");
      }),
    );
    await runCli(["render", "demo"], context);
    expect(context.left).toEqual([130]);
  });

  test("with --no-cache it promises nothing", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      cwd,
      endless(() => context.send("SIGINT")),
    );
    await runCli(["render", "demo", "--no-cache"], context);
    expect(context.stderr.text).toContain("Stopping…\n");
    expect(context.stderr.text).not.toContain("finished chunks");
  });

  test("JSON ends with `failed`", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      cwd,
      endless(() => context.send("SIGINT")),
    );
    expect(await runCli(["render", "demo", "--json"], context)).toBe(130);
    expect(jsonLines(context)).toMatchObject([{ type: "failed", error: { code: "ABORTED" } }]);
    expect(context.stderr.text).toBe("");
  });

  test("a batch stops with the film at work", async () => {
    for (const name of ["a", "b", "c"]) await writeProduction(path.join(cwd, name), ["s1"]);
    const context: FakeContext = fakeContext(
      cwd,
      endless(() => context.send("SIGINT")),
    );
    expect(await runCli(["batch", "a", "b", "c", "-o", "out"], context)).toBe(130);
    expect(context.stderr.text).toMatch(/a +stopped: ABORTED[^]*b +not started[^]*c +not started/);
  });
});

describe("an app that breaks after the film is published", () => {
  test("does not unmake the film", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const context = fakeContext(cwd, {
      render: async ({ output }, { emit }) => {
        emit({ type: "succeeded", result: fakeResult({ film: output }) });
        throw new Error("The cache can't be swept.");
      },
    });
    expect(await runCli(["render", "demo", "--json"], context)).toBe(0);
    expect(jsonLines(context)).toMatchObject([
      { type: "notice", notice: { code: "CLEAN_UP_FAILED" } },
      { type: "succeeded" },
    ]);
  });
});

describe("batch", () => {
  test("expands folders of productions, numbers equal names, goes on after a failure", async () => {
    for (const name of ["many/scene_10", "many/scene_2", "other/scene_2"])
      await writeProduction(path.join(cwd, name), ["s1"]);
    await writeMedia(path.join(cwd, "many", "notes"), ["readme.txt"]);
    const app = renderer((_request, number) => {
      if (number === 2) throw new ReelburstError("RENDER_PROCESS_DIED", "A render process died.");
    });
    const context = fakeContext(cwd, app);
    expect(await runCli(["batch", "many", "other/scene_2", "nowhere", "-o", "out"], context)).toBe(1);
    expect(app.requests.map(({ output }) => path.relative(cwd, output))).toEqual([
      "out/scene_2.mp4",
      "out/scene_10.mp4",
      "out/scene_2-2.mp4",
    ]);
    expect(context.stdout.lines()).toEqual([
      path.join(cwd, "out/scene_2.mp4"),
      path.join(cwd, "out/scene_2-2.mp4"),
    ]);
    expect(context.stderr.text).toMatch(/many\/scene_10 +failed: RENDER_PROCESS_DIED/);
    expect(context.stderr.text).toMatch(/nowhere +failed: FILE_NOT_FOUND/);
    expect(context.stderr.text).toContain("2 of 4 films finished");
    expect([context.appsOpened, context.appsClosed]).toEqual([[0], [0]]);
  });

  test("JSON events say whose they are", async () => {
    for (const name of ["a", "b"]) await writeProduction(path.join(cwd, name), ["s1"]);
    const context = fakeContext(cwd, renderer());
    expect(await runCli(["batch", "a", "b", "nowhere", "-o", "out", "--json"], context)).toBe(1);
    expect(jsonLines(context).map(({ type, source }) => [type, source])).toEqual([
      ["state", "a"],
      ["succeeded", "a"],
      ["state", "b"],
      ["succeeded", "b"],
      ["failed", "nowhere"],
    ]);
  });
});

describe("plan", () => {
  const report: PlanReport = {
    title: null,
    width: 1920,
    height: 1080,
    fps: 30,
    frames: 240,
    framesToRender: 180,
    seconds: 8,
    encoder: "libx264",
    slots: 2,
    chunks: { total: 4, cached: 1 },
    scenes: [
      {
        id: `场景${"长".repeat(40)}`,
        startSeconds: 62.34,
        seconds: 8,
        frames: 240,
        chunks: 4,
        cachedChunks: 1,
        motion: "zoomIn",
        captions: 3,
        transition: "fade 0.5 s",
      },
    ],
    predictedSeconds: 4.2,
    predictedBasis: "61 fps measured on this machine",
    notices: [],
  };

  test("a table within 80 columns", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const terminal = new VirtualTerminal(80);
    expect(
      await runCli(["plan", "demo"], { ...fakeContext(cwd, { plan: async () => report }), stdout: terminal }),
    ).toBe(0);
    const lines = terminal.lines();
    expect(lines[0]).toBe("demo   1920x1080, 30 fps, 0:08");
    expect(lines[2]).toMatch(/^scene +start +length +frames +cached +motion +captions +transition$/);
    expect(lines[3]).toMatch(/^场景长+… +1:02\.3 +8\.0 s +240 +1 of 4 +zoomIn +3 +fade 0\.5 s$/);
    expect(lines.at(-1)).toBe("time: about 4.2 s (61 fps measured on this machine)");
  });

  test("as JSON", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"]);
    const context = fakeContext(cwd, { plan: async () => report });
    expect(await runCli(["plan", "demo", "--json"], context)).toBe(0);
    expect(jsonLines(context)).toEqual([{ ...report, issues: [] }]);
  });
});

describe("validate", () => {
  test("ok", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1", "s2"]);
    const context = fakeContext(cwd);
    expect(await runCli(["validate", "demo"], context)).toBe(0);
    expect(context.stdout.text).toBe("ok: 2 scenes, 1920x1080, 30 fps\n");
  });

  test("findings go to stdout, each with its path", async () => {
    await writeProduction(path.join(cwd, "demo"), ["s1"], { nonsense: 1, titel: "x" });
    const context = fakeContext(cwd);
    expect(await runCli(["validate", "demo"], context)).toBe(3);
    expect(context.stdout.text).toContain("UNKNOWN_KEY");
    expect(context.stdout.lines().at(-1)).toBe("not valid: 2 errors");
    const json = fakeContext(cwd);
    expect(await runCli(["validate", "demo", "--json"], json)).toBe(3);
    expect(jsonLines(json)).toMatchObject([
      { valid: false, scenes: null, issues: [{ code: "UNKNOWN_KEY" }, { code: "UNKNOWN_KEY" }] },
    ]);
  });

  test("prints the schema", async () => {
    const context = fakeContext(cwd);
    expect(await runCli(["validate", "--schema"], context)).toBe(0);
    expect(JSON.parse(context.stdout.text)).toMatchObject({ title: "Reelburst production" });
  });
});

describe("init", () => {
  test("lists what a folder holds; the file means the same as the folder", async () => {
    await writeMedia(cwd, ["a.png", "a.mp3", "b.png", "b.mp3"]);
    const context = fakeContext(cwd);
    expect(await runCli(["init"], context)).toBe(0);
    expect(context.stdout.text).toBe(`${path.join(cwd, "production.yaml")}\n`);
    expect(await runCli(["validate", "."], fakeContext(cwd))).toBe(0);
  });

  test("an empty folder gets a template, which lacks nothing but its files", async () => {
    const context = fakeContext(cwd);
    expect(await runCli(["init", "new"], context)).toBe(0);
    expect(await readFile(path.join(cwd, "new", "production.yaml"), "utf8")).toContain("# ");
    const check = fakeContext(cwd);
    expect(await runCli(["validate", "new", "--json"], check)).toBe(3);
    const [line] = jsonLines(check);
    expect((line?.["issues"] as { code: string }[]).map(({ code }) => code)).toEqual([
      "FILE_NOT_FOUND",
      "FILE_NOT_FOUND",
      "FILE_NOT_FOUND",
    ]);
  });

  test("replaces nothing without --force, and never makes a second file", async () => {
    await writeFile(path.join(cwd, "production.yaml"), "mine");
    expect(await runCli(["init"], fakeContext(cwd))).toBe(2);
    expect(await readFile(path.join(cwd, "production.yaml"), "utf8")).toBe("mine");
    expect(await runCli(["init", "--force"], fakeContext(cwd))).toBe(0);
    expect(await readFile(path.join(cwd, "production.yaml"), "utf8")).toContain("version: 1");
    await writeProduction(path.join(cwd, "other"), ["s1"]);
    expect(await runCli(["init", "other", "--force"], fakeContext(cwd))).toBe(2);
  });

  test("says what is wrong instead of leaving scenes out", async () => {
    await writeMedia(cwd, ["a.png", "a.mp3", "b.png"]);
    const context = fakeContext(cwd);
    expect(await runCli(["init"], context)).toBe(3);
    expect(context.stderr.text).toContain("SCENE_AUDIO_MISSING");
    expect(await runCli(["init", "--picture-seconds", "4"], fakeContext(cwd))).toBe(0);
  });
});

describe("doctor", () => {
  async function* checks(state: "ok" | "failed") {
    yield { name: "Memory", state: "ok", message: "8 GB free." } as const;
    yield { name: "Disk", state, message: "1 MB free.", hint: "Free some space." } as const;
  }

  test.each([
    ["ok", 0],
    ["failed", 4],
  ] as const)("%s ends with %d", async (state, exitCode) => {
    const context = fakeContext(cwd, { doctor: () => checks(state) });
    expect(await runCli(["doctor"], context)).toBe(exitCode);
    expect(context.stdout.lines()[1]).toBe(`${state.padEnd(9)}Disk: 1 MB free.`);
    const json = fakeContext(cwd, { doctor: () => checks(state) });
    await runCli(["doctor", "--json"], json);
    expect(jsonLines(json).map(({ type }) => type)).toEqual(["check", "check", "checked"]);
  });
});
