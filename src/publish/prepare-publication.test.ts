import { describe, expect, it } from "vitest";
import type { FilmPackage } from "./film-package.ts";
import type { FilmMetadata } from "./metadata-file.ts";
import { type PublishWish, preparePublication } from "./prepare-publication.ts";

const FILM: FilmPackage = {
  film: "/films/film.mp4",
  base: "film",
  sizeBytes: 1000,
  mtimeMs: 0,
  sha256: "a".repeat(64),
  title: "The film's own",
  seconds: 60,
  scenes: ["dawn", "noon", "dusk"].map((id, index) => ({ id, startSeconds: index * 20 })),
  poster: "/films/film.poster.jpg",
  captions: [{ path: "/films/film.srt", language: null }],
  sidecars: [],
};

function prepare(
  wish: Partial<PublishWish> = {},
  metadata: FilmMetadata = {},
  film: Partial<FilmPackage> = {},
) {
  const all: PublishWish = {
    source: "/films",
    to: "youtube",
    account: "default",
    visibility: "private",
    approved: false,
    captions: true,
    chapters: true,
    again: false,
    replace: false,
    ...wish,
  };
  return preparePublication({ ...FILM, ...film }, metadata, all, null, 0);
}

const codesOf = ({ notices }: ReturnType<typeof prepare>) => notices.map(({ code }) => code);

describe("preparePublication", () => {
  it("lets options win over the file, and the file over the film", () => {
    expect(prepare().words.youtube.title).toBe("The film's own");
    expect(prepare({}, { title: "File" }).words.youtube.title).toBe("File");
    expect(prepare({ title: "Option" }, { title: "File" }).words.youtube.title).toBe("Option");
    expect(prepare({ madeForKids: false }, { madeForKids: true }).release.madeForKids).toBe(false);
    expect(prepare({}, { category: "27" }).categoryId).toBe("27");
    expect(prepare().categoryId).toBe("22");
  });

  it("adds chapters from the scenes unless that is not wished", () => {
    expect(prepare().words.youtube.description).toBe("00:00 Dawn\n00:20 Noon\n00:40 Dusk");
    expect(prepare({}, { chapters: { noon: "High noon" } }).words.youtube.description).toContain(
      "00:20 High noon",
    );
    expect(prepare({ chapters: false }).words.youtube.description).toBe("");
  });

  it("sends film.srt in the film's language, where that is known and has no file", () => {
    expect(prepare({ language: "english" }).captions).toEqual([{ path: "/films/film.srt", language: "en" }]);
    expect(codesOf(prepare())).toContain("PUBLISH_CAPTIONS_LANGUAGE");
    expect(codesOf(prepare({ to: "s3" }))).toEqual([]);
    const captions = [...FILM.captions, { path: "/films/film.en.srt", language: "en" }];
    expect(prepare({ language: "en" }, {}, { captions }).captions).toEqual([captions[1]]);
    expect(prepare({ language: "de" }, {}, { captions }).captions.map(({ language }) => language)).toEqual([
      "en",
      "de",
    ]);
    expect(prepare({ captions: false, language: "en" }).captions).toEqual([]);
  });

  it("takes the poster, another picture, or none", () => {
    expect(prepare().thumbnail).toBe("/films/film.poster.jpg");
    expect(prepare({ thumbnail: "/films/a.png" }).thumbnail).toBe("/films/a.png");
    expect(prepare({ thumbnail: false }).thumbnail).toBeNull();
  });

  it("says what is not declared", () => {
    expect(codesOf(prepare())).toContain("PUBLISH_DECLARATIONS_OPEN");
    expect(codesOf(prepare({ madeForKids: false, syntheticMedia: true }))).not.toContain(
      "PUBLISH_DECLARATIONS_OPEN",
    );
  });

  it("refuses what YouTube would refuse, and what is no language", () => {
    const failing = (code: string, path: string) => expect.objectContaining({ code, path });
    expect(() => prepare({ title: "x".repeat(101) })).toThrow(failing("PUBLISH_TITLE", "title"));
    expect(() => prepare({ to: "s3", title: "x".repeat(101) })).not.toThrow();
    expect(() => prepare({}, {}, { title: null })).toThrow(failing("PUBLISH_TITLE", "title"));
    expect(() => prepare({ language: "klingon" })).toThrow(failing("LANGUAGE_UNKNOWN", "--language"));
  });
});
