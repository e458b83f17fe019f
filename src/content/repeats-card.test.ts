import { expect, test } from "vitest";
import { repeatsCard } from "./repeats-card.ts";
import type { CardInput } from "./script.ts";

const card = (parts: Partial<CardInput>): CardInput => ({
  layout: "quote",
  title: null,
  text: [],
  kicker: null,
  attribution: null,
  ...parts,
});

test.each([
  ["the whole sentence", card({ text: ["The ice remembers."] }), "The ice remembers.", true],
  ["over several lines", card({ text: ["Air is", "trapped."] }), "Air is trapped.", true],
  ["its figure alone", card({ title: "800,000", text: ["years"] }), "It goes back 800,000 years.", false],
  ["a heading alone", card({ title: "A tube of years" }), "A tube of years is drawn from the ice.", false],
  ["in Chinese", card({ text: ["冰会记住。"] }), "冰会记住。", true],
  ["a part, in Chinese", card({ text: ["冰"] }), "冰会记住。", false],
  ["nothing said", card({ text: ["Words"] }), "", false],
])("a card that shows %s", (_name, shown, narration, expected) => {
  expect(repeatsCard(shown, narration)).toBe(expected);
});
