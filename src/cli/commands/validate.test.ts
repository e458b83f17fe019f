import path from "node:path";
import { describe, expect, test } from "vitest";
import type { App } from "../../app.ts";
import { ProductionProblems } from "../../produce/problems.ts";
import { ReelburstError } from "../../support/errors.ts";
import { runCli } from "../program.ts";
import { jsonLines } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { writeProduction } from "../testing/small-production.ts";
import { useTempFolder } from "../testing/temp-folder.ts";

const folder = useTempFolder();

describe("validate", () => {
  test("ok", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1", "s2"]);
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", "demo"], context)).toBe(0);
    expect(context.stdout.text).toBe("ok: 2 scenes, 1920x1080, 30 fps\n");
  });

  test("findings go to stdout, each with its path", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"], { nonsense: 1, titel: "x" });
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", "demo"], context)).toBe(3);
    expect(context.stdout.text).toContain("UNKNOWN_KEY");
    expect(context.stdout.lines().at(-1)).toBe("not valid: 2 errors");
    const json = fakeContext(folder.path);
    expect(await runCli(["validate", "demo", "--json"], json)).toBe(3);
    expect(jsonLines(json)).toMatchObject([
      { valid: false, scenes: null, issues: [{ code: "UNKNOWN_KEY" }, { code: "UNKNOWN_KEY" }] },
    ]);
  });

  describe("--content", () => {
    const problem = new ReelburstError("IMAGE_UNREADABLE", "The picture is damaged.", {
      path: "scenes[0].image.src",
      hint: "Save it again.",
    });

    test("is valid when everything opens; what is only odd is a warning", async () => {
      await writeProduction(path.join(folder.path, "demo"), ["s1"]);
      const notices = [
        { code: "AUDIO_SILENT", message: "s1: nothing to hear.", path: "scenes[0].audio.src" },
      ];
      const asked: App["plan"][] = [];
      const plan = (async ({ production }: Parameters<App["plan"]>[0]) => {
        asked.push(production.onSceneFailure as never);
        return { notices };
      }) as unknown as App["plan"];
      const context = fakeContext(folder.path, { plan });
      expect(await runCli(["validate", "demo", "--content"], context)).toBe(0);
      expect(asked).toEqual(["fail"]);
      expect(context.stdout.lines()).toEqual([
        "AUDIO_SILENT: s1: nothing to hear.",
        "  at scenes[0].audio.src",
        "ok: 1 scene, 1920x1080, 30 fps, 1 warning",
      ]);
    });

    test("says every problem that shows only inside the files", async () => {
      await writeProduction(path.join(folder.path, "demo"), ["s1"]);
      const plan = () => Promise.reject(new ProductionProblems([problem, problem]));
      const context = fakeContext(folder.path, { plan });
      expect(await runCli(["validate", "demo", "--content", "--json"], context)).toBe(3);
      const issue = { severity: "error", code: "IMAGE_UNREADABLE", path: "scenes[0].image.src" };
      expect(jsonLines(context)).toMatchObject([{ valid: false, scenes: null, issues: [issue, issue] }]);
    });

    test("opens nothing without it, nor when the production itself is wrong", async () => {
      await writeProduction(path.join(folder.path, "demo"), ["s1"]);
      await writeProduction(path.join(folder.path, "wrong"), ["s1"], { nonsense: 1 });
      const context = fakeContext(folder.path);
      expect(await runCli(["validate", "demo"], context)).toBe(0);
      expect(await runCli(["validate", "wrong", "--content"], context)).toBe(3);
      expect(context.appsOpened).toEqual([]);
    });
  });

  test("prints the schema", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", "--schema"], context)).toBe(0);
    expect(JSON.parse(context.stdout.text)).toMatchObject({ title: "Reelburst production" });
  });
});
