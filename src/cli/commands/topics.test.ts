import { expect, it } from "vitest";
import { runCli } from "../program.ts";
import { fakeContext } from "../testing/fake-context.ts";

it("says that there are no topics, and how to get some; scripts get no line at all", async () => {
  const context = fakeContext("/films", { topics: async () => [] });
  expect(await runCli(["topics", "list"], context)).toBe(0);
  expect(context.stdout.text).toBe("");
  expect(context.stderr.text).toMatch(/^No topics\.\n {2}Add some: npx reelburst topics add /);
});
