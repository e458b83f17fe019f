import path from "node:path";
import { describe, expect, test } from "vitest";
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

  test("prints the schema", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["validate", "--schema"], context)).toBe(0);
    expect(JSON.parse(context.stdout.text)).toMatchObject({ title: "Reelburst production" });
  });
});
