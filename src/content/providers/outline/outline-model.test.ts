import { expect, it } from "vitest";
import { NO_PROVENANCE } from "../../sources/read-source.ts";
import { outlineModel } from "./outline-model.ts";

const context = { key: null, signal: new AbortController().signal, requestId: "x" };
const ask = (text: string | null, style: "explainer" | "story" | "dialogue" = "explainer", mostMs = 20_000) =>
  outlineModel(mostMs).call(
    {
      source: { topic: "ice", text, provenance: { ...NO_PROVENANCE, kind: "text" } },
      length: "short",
      style,
      language: "en",
    },
    context,
  );

it("makes a script of a text", async () => {
  const { answer } = await ask("# Ice\n\nSnow falls. Ice grows.");
  expect(answer).toMatchObject({
    title: "Ice",
    segments: [{ narration: "Snow falls." }, { narration: "Ice grows." }],
  });
});

it.each([
  ["a topic", null, "explainer"],
  ["a story", "Snow falls.", "story"],
  ["a dialogue that is none", "Snow falls.", "dialogue"],
  ["silence", "```\ncode\n```", "explainer"],
] as const)("does not invent: %s is refused", async (_name, text, style) => {
  await expect(ask(text, style)).rejects.toMatchObject({ fault: "unsupported" });
});

it("gives up a text whose Markdown takes for ever, and stays usable", async () => {
  await expect(ask("*a_".repeat(60_000), "explainer", 1_500)).rejects.toMatchObject({
    code: "SOURCE_UNREADABLE",
  });
  expect((await ask("Snow falls.")).answer.segments).toHaveLength(1);
});
