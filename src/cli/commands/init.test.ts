import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../program.ts";
import { jsonLines } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { writeMedia, writeProduction } from "../testing/small-production.ts";
import { useTempFolder } from "../testing/temp-folder.ts";

const folder = useTempFolder();

describe("init", () => {
  test("lists what a folder holds; the file means the same as the folder", async () => {
    await writeMedia(folder.path, ["a.png", "a.mp3", "b.png", "b.mp3"]);
    const context = fakeContext(folder.path);
    expect(await runCli(["init"], context)).toBe(0);
    expect(context.stdout.text).toBe(`${path.join(folder.path, "production.yaml")}\n`);
    expect(await runCli(["validate", "."], fakeContext(folder.path))).toBe(0);
  });

  test("an empty folder gets a template, which lacks nothing but its files", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["init", "new"], context)).toBe(0);
    expect(context.stderr.text).toContain("Created new/ with a template.");
    const template = await readFile(path.join(folder.path, "new", "production.yaml"), "utf8");
    expect(template).toContain("npx reelburst validate new ");
    expect(template).toContain("npx reelburst render new ");
    const check = fakeContext(folder.path);
    expect(await runCli(["validate", "new", "--json"], check)).toBe(3);
    const missing = { code: "FILE_NOT_FOUND" };
    expect(jsonLines(check)).toMatchObject([{ valid: false, issues: [missing, missing, missing] }]);
  });

  test("a folder that was there is not said to be created; its name is quoted where a shell needs it", async () => {
    await mkdir(path.join(folder.path, "my film"));
    const context = fakeContext(folder.path);
    expect(await runCli(["init", "my film"], context)).toBe(0);
    expect(context.stderr.text).not.toContain("Created");
    expect(context.stderr.text).toContain('npx reelburst validate "my film"\n');
  });

  test("replaces nothing without --force, and never makes a second file", async () => {
    await writeFile(path.join(folder.path, "production.yaml"), "mine");
    expect(await runCli(["init"], fakeContext(folder.path))).toBe(2);
    expect(await readFile(path.join(folder.path, "production.yaml"), "utf8")).toBe("mine");
    expect(await runCli(["init", "--force"], fakeContext(folder.path))).toBe(0);
    expect(await readFile(path.join(folder.path, "production.yaml"), "utf8")).toContain("version: 1");
    await writeProduction(path.join(folder.path, "other"), ["s1"]);
    expect(await runCli(["init", "other", "--force"], fakeContext(folder.path))).toBe(2);
  });

  test("says what is wrong instead of leaving scenes out", async () => {
    await writeMedia(folder.path, ["a.png", "a.mp3", "b.png"]);
    const context = fakeContext(folder.path);
    expect(await runCli(["init"], context)).toBe(3);
    expect(context.stderr.text).toContain("SCENE_AUDIO_MISSING");
    expect(await runCli(["init", "--picture-seconds", "4"], fakeContext(folder.path))).toBe(0);
  });
});
