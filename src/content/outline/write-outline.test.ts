import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type FilmLength, LENGTHS } from "../models/text.ts";
import { NO_PROVENANCE } from "../sources/read-source.ts";
import { readText } from "./read-text.ts";
import { languageOf, sentencesOf, spokenSeconds } from "./sentences.ts";
import { writeOutline } from "./write-outline.ts";

const ICE = readFileSync(new URL("../../../examples/article/ice.md", import.meta.url), "utf8");

function outline(text: string, length: FilmLength = "medium", style: "explainer" | "dialogue" = "explainer") {
  const source = { topic: "a topic", text, provenance: { ...NO_PROVENANCE, kind: "text" } } as const;
  return writeOutline({ source, length, style, language: languageOf(text) });
}

describe.each(["short", "medium", "long"] as const)("%s", (length) => {
  const draft = outline(ICE, length);
  const { segments, seconds } = LENGTHS[length];

  it("has the segments and the time of its length", () => {
    expect(draft?.segments.length).toBeGreaterThanOrEqual(segments[0]);
    expect(draft?.segments.length).toBeLessThanOrEqual(segments[1]);
    const spoken = (draft?.segments ?? []).reduce(
      (sum, { narration }) => sum + spokenSeconds(narration) + 0.7,
      0,
    );
    expect(spoken).toBeGreaterThan(seconds[0]);
    expect(spoken).toBeLessThan(seconds[1]);
  });

  it("says nothing that is not in the text, in the text's order", () => {
    const plain = readText(ICE)
      .blocks.flatMap((block) => (block.kind === "list" ? [...block.items] : [block.text]))
      .join(" ");
    let from = 0;
    for (const { narration } of draft?.segments ?? [])
      for (const sentence of sentencesOf(narration.replace(/^[^.:]+: /, ""), "en")) {
        const at = plain.indexOf(sentence.replace(/[.:]$/, ""), from);
        expect(at, sentence).toBeGreaterThanOrEqual(0);
        from = at;
      }
  });
});

it("says all of it with full", () => {
  const said =
    outline(ICE, "full")
      ?.segments.map(({ narration }) => narration)
      .join(" ") ?? "";
  for (const block of readText(ICE).blocks)
    if (block.kind === "prose")
      for (const sentence of sentencesOf(block.text, "en"))
        expect(said).toContain(sentence.replace(/:$/, ""));
});

it("gives each kind of content a card of its own", () => {
  const layouts = new Set(outline(ICE, "long")?.segments.map(({ card }) => card?.layout));
  expect([...layouts].toSorted()).toEqual(["figure", "list", "quote", "section", "statement", "title"]);
  const figure = outline(ICE, "long")?.segments.find(({ card }) => card?.layout === "figure");
  expect(figure?.card?.title).toBe("800,000");
  const list = outline(ICE, "long")?.segments.find(({ card }) => card?.layout === "list");
  expect(list?.card?.text).toEqual(["Old air", "Dust and ash", "The water itself"]);
});

it("takes a dialogue's speakers from its lines", () => {
  const draft = outline(
    "# Tea\n\nAnna: Is it hot?\n\nBen: It was, an hour ago.\n\nAnna: Then make another.",
    "short",
    "dialogue",
  );
  expect(draft?.segments.map(({ speaker }) => speaker)).toEqual(["Anna", "Ben", "Anna"]);
});

it("knows who is quoted", () => {
  expect(readText("> The sky is the daily bread of the eyes.\n> — Ralph Waldo Emerson").blocks).toEqual([
    { kind: "quote", text: "The sky is the daily bread of the eyes.", attribution: "Ralph Waldo Emerson" },
  ]);
});

it("works in Chinese", () => {
  const draft = outline(
    "# 茶\n\n茶树原产于中国西南的山林。几千年前，人们先把它的叶子当作药。\n\n## 三条路\n\n茶沿着三条路离开故乡：\n\n- 茶马古道：马帮把茶砖驮上高原。\n- 海上之路：帆船把茶运到欧洲。\n\n## 今天\n\n今天全世界每天都喝茶。",
    "short",
  );
  expect(draft?.language).toBe("zh");
  expect(draft?.segments.find(({ card }) => card?.layout === "list")?.card?.text).toEqual([
    "茶马古道",
    "海上之路",
  ]);
});

describe("hostile and odd texts", () => {
  it.each([
    ["nothing that can be said", "![a](b.png)\n\n```\ncode\n```", null],
    ["one sentence", "Snow falls.", 1],
    ["a heading alone", "# Only this", null],
    ["markup as text", "<script>alert(1)</script>\n\nSnow &amp; ice. {\\an8}Then {\\p1}nothing.", 1],
  ])("%s", (_name, text, segments) => {
    expect(outline(text, "short")?.segments.length ?? null).toBe(segments);
  });

  it("never read markup, addresses or control characters aloud", () => {
    const said = outline(
      "Snow **falls** [here](https://a.example/x) https://b.example/y &#x202e;now&#7;.",
      "full",
    );
    expect(said?.segments[0]?.narration).toBe("Snow falls here now.");
  });

  it("deep nesting and long lines end", () => {
    expect(outline(`${"> ".repeat(5_000)}deep`, "short")).not.toBeUndefined();
    expect(outline("word ".repeat(40_000), "medium")?.segments.length).toBeGreaterThan(0);
  });
});

it.each([
  ["The quick fox and the dog", "en"],
  ["Der Hund ist nicht hier und die Katze auch nicht", "de"],
  ["这是一个句子", "zh"],
  ["これはペンですか、そうです", "ja"],
  ["Это предложение", "ru"],
])("%s is %s", (text, language) => expect(languageOf(text)).toBe(language));
