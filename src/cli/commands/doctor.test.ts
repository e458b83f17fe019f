import { describe, expect, test } from "vitest";
import { runCli } from "../program.ts";
import { jsonLines } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { useTempFolder } from "../testing/temp-folder.ts";

const folder = useTempFolder();

describe("doctor", () => {
  async function* checks(state: "ok" | "failed") {
    yield { name: "Memory", state: "ok", message: "8 GB free." } as const;
    yield { name: "Disk", state, message: "1 MB free.", hint: "Free some space." } as const;
  }

  test.each([
    ["ok", 0],
    ["failed", 4],
  ] as const)("%s ends with %d", async (state, exitCode) => {
    const context = fakeContext(folder.path, { doctor: () => checks(state) });
    expect(await runCli(["doctor"], context)).toBe(exitCode);
    expect(context.stdout.lines()[1]).toBe(`${state.padEnd(9)}Disk: 1 MB free.`);
    const json = fakeContext(folder.path, { doctor: () => checks(state) });
    await runCli(["doctor", "--json"], json);
    expect(jsonLines(json).map(({ type }) => type)).toEqual(["check", "check", "checked"]);
  });
});
