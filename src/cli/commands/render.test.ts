import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ReelburstError } from "../../support/errors.ts";
import { runCli } from "../program.ts";
import { jsonLines, renderer } from "../testing/fake-app.ts";
import { fakeContext, fakeResult } from "../testing/fake-context.ts";
import { writeMedia, writeProduction } from "../testing/small-production.ts";
import { useTempFolder } from "../testing/temp-folder.ts";
import { VirtualTerminal } from "../testing/virtual-terminal.ts";

const folder = useTempFolder();

describe("render", () => {
  test("hands the request over and prints the path alone on stdout", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1", "s2"]);
    const app = renderer();
    const context = fakeContext(folder.path, app);
    expect(await runCli(["render", "demo", "--slots", "3", "--no-cache"], context)).toBe(0);
    expect(context.stdout.text).toBe(`${path.join(folder.path, "demo.mp4")}\n`);
    expect(context.stderr.text).toContain("rendering\n");
    expect(app.requests).toMatchObject([
      { output: path.join(folder.path, "demo.mp4"), slots: 3, useCache: false },
    ]);
    expect([context.appsOpened, context.appsClosed, context.listeners()]).toEqual([[0], [0], 0]);
  });

  test("on a terminal the path is the last line, harmless there and exact in a pipe", async () => {
    const name = "de\u001b[2Jmo";
    await writeProduction(path.join(folder.path, name), ["s1"]);
    const terminal = new VirtualTerminal(80);
    const onTerminal = { ...fakeContext(folder.path, renderer()), stdout: terminal, stderr: terminal };
    expect(await runCli(["render", name, "-o", "out"], onTerminal)).toBe(0);
    expect(terminal.lines().join("")).toContain(path.join("out", "de[2Jmo.mp4"));
    const piped = fakeContext(folder.path, renderer());
    await runCli(["render", name, "-o", "out"], piped);
    expect(piped.stdout.text).toBe(`${path.join(folder.path, "out", `${name}.mp4`)}\n`);
  });

  test("--only, --preview and --quality make another cut", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1", "s2"]);
    const app = renderer();
    await runCli(["render", "demo", "--only", "s2", "--preview"], fakeContext(folder.path, app));
    await runCli(["render", "demo", "--quality", "high"], fakeContext(folder.path, app));
    const [cut, high] = app.requests;
    expect(cut?.production.scenes.map(({ id }) => id)).toEqual(["s2"]);
    expect(cut?.production.output).toMatchObject({ width: 640, height: 360, quality: "draft" });
    expect(cut?.output).toBe(path.join(folder.path, "demo.s2.preview.mp4"));
    expect(high?.production.output.quality).toBe("high");
    const context = fakeContext(folder.path, app);
    expect(await runCli(["render", "demo", "--only", "s9"], context)).toBe(2);
    expect(context.stderr.text).toContain("SCENE_UNKNOWN");
  });

  test("all that is wrong with the input, each with its path, and nothing is started", async () => {
    await mkdir(path.join(folder.path, "demo"));
    await writeFile(
      path.join(folder.path, "demo", "production.json"),
      '{"version":1,"scenes":[{"id":"a","image":"x.png","duration":1},{"id":"b","image":"y.png","duration":1}]}',
    );
    const context = fakeContext(folder.path);
    expect(await runCli(["render", "demo"], context)).toBe(3);
    expect(context.stderr.text).toContain("INPUT_INVALID: demo has 2 errors.");
    expect(context.stderr.text).toContain("at scenes[0].image.src");
    expect(context.stderr.text).toContain("at scenes[1].image.src");
    expect(context.appsOpened).toEqual([]);
    const json = fakeContext(folder.path);
    expect(await runCli(["render", "demo", "--json"], json)).toBe(3);
    expect(jsonLines(json)).toMatchObject([
      { type: "failed", problems: [{ path: "scenes[0].image.src" }, { path: "scenes[1].image.src" }] },
    ]);
  });

  test("--language is refused where it would be ignored", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    expect(await runCli(["render", "demo", "--language", "english"], fakeContext(folder.path))).toBe(2);
    await writeMedia(path.join(folder.path, "both"), [
      "a_english.png",
      "a_english.mp3",
      "a_chinese.png",
      "a_chinese.mp3",
    ]);
    const app = renderer();
    expect(await runCli(["render", "both", "--language", "chinese"], fakeContext(folder.path, app))).toBe(0);
    expect(app.requests[0]?.production.scenes.map(({ language }) => language)).toEqual(["zh"]);
  });

  test.each([
    [new ReelburstError("RENDER_PROCESS_DIED", "A render process died."), 1],
    [new ReelburstError("IMAGE_UNREADABLE", "s1: damaged.", { path: "scenes[0].image.src" }), 3],
    [new ReelburstError("DISK_FULL", "The disk is full."), 4],
    [Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" }), 4],
    [new TypeError("x is not a function"), 1],
  ])("%s ends with %d and shows no stack", async (error, exitCode) => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const app = renderer(() => {
      throw error;
    });
    const context = fakeContext(folder.path, app);
    expect(await runCli(["render", "demo"], context)).toBe(exitCode);
    expect(context.stderr.text).toContain(exitCode === 4 ? "DISK_FULL: The disk is full." : error.message);
    expect(context.stderr.text).not.toContain("    at ");
    expect(context.stdout.text).toBe("");
    expect(context.appsClosed).toEqual([0]);
    const debugging = fakeContext(folder.path, app);
    await runCli(["render", "demo", "--debug"], debugging);
    expect(debugging.stderr.text).toContain("    at ");
  });

  test("JSON: the app's own events, ended by exactly one ending", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const done = fakeContext(folder.path, renderer());
    await runCli(["render", "demo", "--json"], done);
    expect(jsonLines(done).map(({ type }) => type)).toEqual(["state", "succeeded"]);
    expect(done.stderr.text).toBe("");
    const problem = { code: "IMAGE_UNREADABLE", message: "Damaged.", retryable: false };
    const failing = fakeContext(folder.path, {
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
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
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
    const context = fakeContext(folder.path, {
      render: async ({ output }) => fakeResult({ film: output, scenes: [skipped] }),
    });
    expect(await runCli(["render", "demo"], context)).toBe(5);
    expect(context.stdout.text).toContain("demo.mp4");
  });
});

describe("an app that breaks after the film is published", () => {
  test("does not unmake the film", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const context = fakeContext(folder.path, {
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
