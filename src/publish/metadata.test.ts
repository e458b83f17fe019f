import { describe, expect, it } from "vitest";
import { type FilmWords, hashtagOf, platformWords, tagLength } from "./metadata.ts";

function make(changes: Partial<FilmWords>, chapters: Parameters<typeof platformWords>[1] = []) {
  const { words, issues } = platformWords(
    { title: "The harbour", description: "At dawn.", tags: ["harbour"], ...changes },
    chapters,
  );
  return { ...words, issues, found: issues.map(({ code, path }) => `${code} ${path}`) };
}

describe("words for YouTube", () => {
  it("pass as they are", () => {
    expect(make({}).youtube).toEqual({ title: "The harbour", description: "At dawn.", tags: ["harbour"] });
    expect(make({}).found).toEqual([]);
  });

  it.each([
    ["", true],
    ["x".repeat(100), false],
    ["x".repeat(101), true],
    ["a < b", true],
    ["one\ntwo", true],
  ])("a title %j: refused %j", (title, refused) => {
    expect(make({ title }).issues.some(({ severity }) => severity === "error")).toBe(refused);
  });

  it("a description is counted in bytes", () => {
    expect(make({ description: "é".repeat(2500) }).found).not.toContain("PUBLISH_DESCRIPTION description");
    expect(make({ description: "é".repeat(2501) }).found).toContain("PUBLISH_DESCRIPTION description");
  });

  it("a tag with a space costs two more, and commas count", () => {
    expect(tagLength("one two")).toBe(9);
    // 248 + 2, a comma, 249: exactly 500.
    const fitting = [`${"a".repeat(124)} ${"b".repeat(123)}`, "c".repeat(249)];
    expect(make({ tags: fitting }).youtube.tags).toHaveLength(2);
    const { youtube, found } = make({ tags: [fitting[0] ?? "", "c".repeat(250), "d"] });
    expect(youtube.tags).toEqual([fitting[0], "d"]);
    expect(found).toContain("PUBLISH_TAG_DROPPED tags[1]");
  });

  it("tags come once, and without what separates them", () => {
    const { youtube, found } = make({ tags: ["Sea", " sea ", "", "a,b", 'a"b', "two  words"] });
    expect(youtube.tags).toEqual(["Sea", "two words"]);
    expect(found).toEqual(["PUBLISH_TAG_DROPPED tags[3]", "PUBLISH_TAG_DROPPED tags[4]"]);
  });

  it("chapters follow the description, or are left out whole", () => {
    const chapters = [0, 10, 20].map((startSeconds) => ({ startSeconds, title: `At ${startSeconds}` }));
    expect(make({}, chapters).youtube.description).toBe("At dawn.\n\n00:00 At 0\n00:10 At 10\n00:20 At 20");
    const { youtube, found } = make({ description: "x".repeat(4990) }, chapters);
    expect(youtube.description).toHaveLength(4990);
    expect(found).toContain("PUBLISH_CHAPTERS_OMITTED description");
  });
});

describe("words for posts", () => {
  it("are title, description and hashtags", () => {
    expect(make({ tags: ["sea", "morning light", "2026"] }).instagram).toEqual({
      caption: "The harbour\n\nAt dawn.\n\n#sea #MorningLight",
      hashtags: ["#sea", "#MorningLight"],
    });
  });

  it("never have more hashtags than are shown, and count those in the words", () => {
    const { tiktok } = make({ description: "#one #two #Sea", tags: ["sea", "a", "b", "c", "d"] });
    expect(tiktok.hashtags).toEqual(["#one", "#two", "#Sea", "#a", "#b"]);
  });

  it.each([30, 31])("warn of %d hashtags by hand", (count) => {
    const description = Array.from({ length: count }, (_, index) => `#tag${index}`).join(" ");
    const said = make({ description }).issues.filter(({ code }) => code === "PUBLISH_HASHTAGS");
    expect(said.map(({ message }) => /takes \d+/.exec(message)?.[0])).toEqual(
      count > 30 ? ["takes 30", "takes 5"] : [undefined, "takes 5"],
    );
  });

  it.each([
    ["words", "word ".repeat(1000)],
    ["sentences", "A sentence of some length. ".repeat(200)],
    ["one word", "x".repeat(5000)],
    ["families", "👨‍👩‍👧‍👦".repeat(400)],
    ["Chinese", "港口的早晨。".repeat(600)],
  ])("are shortened within 2,200 characters, never inside a letter (%s)", (_name, description) => {
    const { instagram, found } = make({ description });
    expect(instagram.caption.length).toBeLessThanOrEqual(2200);
    expect(instagram.caption.length).toBeGreaterThan(1400);
    expect(instagram.caption).toContain("#harbour");
    expect(instagram.caption).not.toMatch(/\u200d(?:…|$|\n)/);
    expect(found).toContain("PUBLISH_TEXT_SHORTENED description");
  });
});

it.each([
  ["Ken Burns effect", "#KenBurnsEffect"],
  ["港口", "#港口"],
  ["iPhone", "#iPhone"],
  ["2026", null],
  ["!!", null],
])("%j as a hashtag is %j", (tag, hashtag) => expect(hashtagOf(tag)).toBe(hashtag));
