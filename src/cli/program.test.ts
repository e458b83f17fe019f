import { describe, expect, test } from "vitest";
import { ReelburstError } from "../support/errors.ts";
import { runCli } from "./program.ts";
import { jsonLines } from "./testing/fake-app.ts";
import { fakeContext } from "./testing/fake-context.ts";
import { useTempFolder } from "./testing/temp-folder.ts";

const folder = useTempFolder();

describe("usage", () => {
  test.each([
    [["--help"], 0],
    [["render", "--help"], 0],
    [["--version"], 0],
    [[], 2],
    [["nonsense"], 2],
    [["nonsense", "--help"], 2],
    [["help", "nonsense"], 2],
    [["help", "render"], 0],
    [["--json", "render", "-h"], 0],
    [["render"], 2],
    [["render", "a", "b"], 2],
    [["render", "a", "--nonsense"], 2],
    [["render", "a", "--slots", "0"], 2],
    [["render", "a", "--slots", "two"], 2],
    [["plan", "a", "--slots", "0"], 2],
    [["render", "a", "--on", "ec2"], 2],
    [["render", "a", "--on", "ec2", "--max-cost", "much"], 2],
    [["render", "a", "--max-cost", "1"], 2],
    [["fleet", "sell"], 2],
    [["render", "a", "--quality", "best"], 2],
    [["render", "a", "--preview", "--quality", "high"], 2],
    [["render", "a", "--picture-seconds", "-1"], 2],
    [["batch", "a"], 2],
    [["validate"], 2],
  ] as const)("%j ends with %d", async (argv, exitCode) => {
    const context = fakeContext(folder.path);
    expect(await runCli(argv, context)).toBe(exitCode);
    expect(context.appsOpened).toEqual([]);
    if (exitCode === 0) expect(context.stderr.text).toBe("");
    else expect(context.stdout.text).toBe("");
  });

  test("a wrong option is said in one sentence with a hint, without a stack", async () => {
    const context = fakeContext(folder.path);
    await runCli(["render", "a", "--slot\u001b[2Js", "1"], context);
    expect(context.stderr.text).toMatch(
      /^USAGE: Unknown option '--slot\[2Js'.*\n {2}Run "npx reelburst render --help".*\n$/,
    );
  });

  test("an unknown command gets no help but the name it may have meant", async () => {
    const context = fakeContext(folder.path);
    await runCli(["rendr", "x", "--help"], context);
    expect(context.stderr.text).toMatch(
      /^USAGE: Unknown command 'rendr' \(Did you mean render\?\)\n {2}Run "npx reelburst --help"/,
    );
  });

  test("and as an object with --json", async () => {
    const context = fakeContext(folder.path);
    expect(await runCli(["render", "--json"], context)).toBe(2);
    expect(jsonLines(context)).toMatchObject([{ type: "failed", error: { code: "USAGE" }, problems: [] }]);
    expect(context.stderr.text).toBe("");
  });

  test("the help groups the commands, shows examples and the exit codes", async () => {
    const context = fakeContext(folder.path);
    await runCli(["--help"], context);
    expect(context.stdout.lines().filter((line) => /^[A-Z].*:$/.test(line))).toEqual([
      "Options:",
      "Make films:",
      "Publish:",
      "Serve:",
      "Operate:",
      "Other:",
      "Examples:",
      "Exit codes:",
    ]);
    expect(context.stdout.text).toContain("  130  stopped by Ctrl+C");
    expect(context.stdout.lines().every((line) => line.length <= 80)).toBe(true);
  });

  test("an environment that can't be read is a usage error", async () => {
    const readConfig = (): never => {
      throw new ReelburstError("CONFIG_INVALID", 'REELBURST_SLOTS is "many".', { path: "REELBURST_SLOTS" });
    };
    const context = { ...fakeContext(folder.path), readConfig };
    expect(await runCli(["doctor"], context)).toBe(2);
    expect(context.stderr.text).toContain('CONFIG_INVALID: REELBURST_SLOTS is "many".');
  });
});
