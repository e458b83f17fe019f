import path from "node:path";
import { describe, expect, test } from "vitest";
import { ReelburstError } from "../../support/errors.ts";
import { runCli } from "../program.ts";
import { jsonLines, renderer } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { writeMedia, writeProduction } from "../testing/small-production.ts";
import { useTempFolder } from "../testing/temp-folder.ts";

const folder = useTempFolder();

describe("batch", () => {
  test("expands folders of productions, numbers equal names, goes on after a failure", async () => {
    for (const name of ["many/scene_10", "many/scene_2", "other/scene_2"])
      await writeProduction(path.join(folder.path, name), ["s1"]);
    await writeMedia(path.join(folder.path, "many", "notes"), ["readme.txt"]);
    const app = renderer((_request, number) => {
      if (number === 2) throw new ReelburstError("RENDER_PROCESS_DIED", "A render process died.");
    });
    const context = fakeContext(folder.path, app);
    expect(await runCli(["batch", "many", "other/scene_2", "nowhere", "-o", "out"], context)).toBe(1);
    expect(app.requests.map(({ output }) => path.relative(folder.path, output))).toEqual([
      "out/scene_2.mp4",
      "out/scene_10.mp4",
      "out/scene_2-2.mp4",
    ]);
    expect(context.stdout.lines()).toEqual([
      path.join(folder.path, "out/scene_2.mp4"),
      path.join(folder.path, "out/scene_2-2.mp4"),
    ]);
    expect(context.stderr.text).toMatch(/many\/scene_10 +failed: RENDER_PROCESS_DIED/);
    expect(context.stderr.text).toMatch(/nowhere +failed: FILE_NOT_FOUND/);
    expect(context.stderr.text).toContain("2 of 4 films finished");
    expect([context.appsOpened, context.appsClosed]).toEqual([[0], [0]]);
  });

  test("a preview does not take the film's name", async () => {
    await writeProduction(path.join(folder.path, "a"), ["s1"]);
    await writeProduction(path.join(folder.path, "b"), ["s1"], { output: { deliver: "scenes" } });
    await writeProduction(path.join(folder.path, "c"), ["s1"], { output: { deliver: "both" }, title: "T" });
    const app = renderer();
    await runCli(["batch", "a", "b", "c", "-o", "out", "--preview"], fakeContext(folder.path, app));
    const outputs = app.requests.map(({ output }) => path.relative(path.join(folder.path, "out"), output));
    expect(outputs).toEqual(["a.preview.mp4", "b.preview", "c.preview.mp4"]);
  });

  test("JSON events say whose they are", async () => {
    for (const name of ["a", "b"]) await writeProduction(path.join(folder.path, name), ["s1"]);
    const context = fakeContext(folder.path, renderer());
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
