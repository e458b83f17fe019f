/** `--from` at every command that takes it. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { IMPORTERS } from "../../spec/import/importers.ts";
import { loadProduction } from "../../spec/load.ts";
import { ReelburstError } from "../../support/errors.ts";
import { runCli } from "../program.ts";
import { jsonLines, renderer } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { useTempFolder } from "../testing/temp-folder.ts";

const folder = useTempFolder();
const SPEC = {
  outPath: "x.mp4",
  width: 320,
  height: 180,
  audioNorm: { enable: true },
  clips: [
    { duration: 2, transition: null, layers: [{ type: "image", path: "https://x.example/p/one.png" }] },
    { duration: 3, layers: [{ type: "image", path: "two.png" }] },
  ],
};

beforeEach(async () => {
  await mkdir(path.join(folder.path, "files"));
  await writeFile(path.join(folder.path, "files", "one.png"), "not looked into");
  await writeFile(path.join(folder.path, "two.png"), "not looked into");
  await writeFile(path.join(folder.path, "spec.json5"), `// an edit\n${JSON.stringify(SPEC)}`);
});

const FROM = ["spec.json5", "--from", "editly"];
const WITH_FILES = [...FROM, "--assets", "files"];

describe("validate --from", () => {
  test.each(Object.keys(IMPORTERS))("%s is known", async (format) => {
    const context = fakeContext(folder.path);
    await runCli(["validate", "spec.json5", "--from", format], context);
    expect(context.stderr.text).not.toContain("USAGE");
  });

  test("lists what is not carried over, each with its path", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", ...WITH_FILES], context)).toBe(0);
    expect(context.stdout.lines()).toEqual([
      'IMPORT_UNMAPPED: "audioNorm" is not carried over.',
      "ok: 2 scenes, 320x180, 25 fps, 1 warning",
    ]);
  });

  test("with --strict that is an error", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", ...WITH_FILES, "--strict", "--json"], context)).toBe(3);
    expect(jsonLines(context)).toMatchObject([
      { valid: false, issues: [{ severity: "error", code: "IMPORT_UNMAPPED", path: "audioNorm" }] },
    ]);
  });

  test("tells of files in the document's words", async () => {
    await writeFile(path.join(folder.path, "spec.json5"), JSON.stringify(SPEC).replace("two.png", "tow.png"));
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", ...FROM, "--json"], context)).toBe(3);
    const { issues } = jsonLines(context)[0] as unknown as {
      issues: { code: string; path: string; message: string }[];
    };
    expect(issues.map(({ code, path }) => [code, path])).toEqual([
      ["ASSET_NOT_LOCAL", "clips[0].layers[0].path"],
      ["FILE_NOT_FOUND", "clips[1].layers[0].path"],
      ["IMPORT_UNMAPPED", "audioNorm"],
    ]);
    expect(issues[1]?.message).toContain("In the production: scenes[1].image.src.");
  });

  test.each([
    [["validate", "spec.json5", "--assets", "files"], 2, "USAGE"],
    [["validate", "spec.json5", "--strict"], 2, "USAGE"],
    [["validate", ...FROM, "--language", "en"], 2, "USAGE"],
    [["validate", "spec.json5", "--from", "word"], 2, "USAGE"],
    [["validate", ...FROM, "--assets", "nowhere"], 3, "FILE_NOT_FOUND"],
    [["validate", "files", "--from", "editly"], 3, "FILE_NOT_REGULAR"],
    [["validate", "none.json", "--from", "editly"], 3, "FILE_NOT_FOUND"],
    [["validate", "spec.json5", "--from", "shotstack"], 3, "IMPORT_EMPTY"],
  ])("%j ends with %d", async (argv, exitCode, code) => {
    const context = fakeContext(folder.path);
    expect(await runCli(argv, context)).toBe(exitCode);
    expect(`${context.stdout.text}${context.stderr.text}`).toContain(code);
  });
});

describe("render --from", () => {
  test("renders the production and says what it lacks", async () => {
    const app = renderer();
    const context = fakeContext(folder.path, app);
    expect(await runCli(["render", ...WITH_FILES, "--json"], context)).toBe(0);
    const [request] = app.requests;
    expect(request?.output).toBe(path.join(folder.path, "spec.mp4"));
    expect(request?.production.scenes.map(({ image }) => image?.src)).toEqual([
      path.join(folder.path, "files", "one.png"),
      path.join(folder.path, "two.png"),
    ]);
    expect(jsonLines(context)[0]).toMatchObject({
      type: "notice",
      notice: { code: "IMPORT_UNMAPPED", path: "audioNorm" },
    });
  });

  test("what the render finds is told at the document's places, too", async () => {
    const app = renderer(() => {
      throw new ReelburstError("IMAGE_UNREADABLE", "Damaged.", { path: "scenes[1].image.src" });
    });
    const context = fakeContext(folder.path, app);
    expect(await runCli(["render", ...WITH_FILES], context)).toBe(3);
    expect(context.stderr.text).toContain("at clips[1].layers[0].path");
    expect(context.stderr.text).toContain("In the production: scenes[1].image.src.");
    const json = fakeContext(folder.path, app);
    await runCli(["render", ...WITH_FILES, "--json"], json);
    expect(jsonLines(json).at(-1)).toMatchObject({
      type: "failed",
      error: { path: "clips[1].layers[0].path" },
    });
  });
});

describe("init --from", () => {
  test("writes the production beside the document, with what it lacks", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["init", ...WITH_FILES], context)).toBe(0);
    const file = path.join(folder.path, "production.yaml");
    expect(context.stdout.text).toBe(`${file}\n`);
    const text = await readFile(file, "utf8");
    expect(text).toContain("# Not carried over:\n#   audioNorm:");
    expect(text).toContain("src: files/one.png");
    const { production, issues } = await loadProduction(file);
    expect(issues).toEqual([]);
    expect(production?.scenes.map(({ duration }) => duration)).toEqual([2, 3]);
    expect(await runCli(["init", ...WITH_FILES], fakeContext(folder.path))).not.toBe(0);
    expect(await runCli(["init", ...WITH_FILES, "--force"], fakeContext(folder.path))).toBe(0);
  });

  test("writes nothing while something is missing", async () => {
    expect(await runCli(["init", ...FROM], fakeContext(folder.path))).toBe(3);
    await expect(readFile(path.join(folder.path, "production.yaml"))).rejects.toThrow();
    expect(await runCli(["init", "--from", "editly"], fakeContext(folder.path))).toBe(2);
  });
});
