import path from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../program.ts";
import { endless, jsonLines } from "../testing/fake-app.ts";
import { type FakeContext, fakeContext } from "../testing/fake-context.ts";
import { writeProduction } from "../testing/small-production.ts";
import { useTempFolder } from "../testing/temp-folder.ts";

const folder = useTempFolder();

describe("stopping", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s cancels, closes the app and ends with %d", async (signal, exitCode) => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      folder.path,
      endless(() => context.send(signal)),
    );
    expect(await runCli(["render", "demo"], context)).toBe(exitCode);
    expect(context.stderr.text).toContain("Stopping…; finished chunks are kept\n");
    expect(context.stderr.text).not.toContain("ABORTED");
    expect(context.appsClosed).toEqual([0]);
    expect([context.left, context.listeners()]).toEqual([[], 0]);
  });

  test("the second leaves at once", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      folder.path,
      endless(() => {
        context.send("SIGINT");
        context.send("SIGINT");
      }),
    );
    await runCli(["render", "demo"], context);
    expect(context.left).toEqual([130]);
  });

  test("with --no-cache it promises nothing", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      folder.path,
      endless(() => context.send("SIGINT")),
    );
    await runCli(["render", "demo", "--no-cache"], context);
    expect(context.stderr.text).toContain("Stopping…\n");
    expect(context.stderr.text).not.toContain("finished chunks");
  });

  test("JSON ends with `failed`", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const context: FakeContext = fakeContext(
      folder.path,
      endless(() => context.send("SIGINT")),
    );
    expect(await runCli(["render", "demo", "--json"], context)).toBe(130);
    expect(jsonLines(context)).toMatchObject([{ type: "failed", error: { code: "ABORTED" } }]);
    expect(context.stderr.text).toBe("");
  });

  test("a batch stops with the film at work", async () => {
    for (const name of ["a", "b", "c"]) await writeProduction(path.join(folder.path, name), ["s1"]);
    const context: FakeContext = fakeContext(
      folder.path,
      endless(() => context.send("SIGINT")),
    );
    expect(await runCli(["batch", "a", "b", "c", "-o", "out"], context)).toBe(130);
    expect(context.stderr.text).toMatch(/a +stopped: ABORTED[\s\S]*b +not started[\s\S]*c +not started/);
  });
});
