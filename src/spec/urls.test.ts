import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkFiles } from "./check-files.ts";
import { loadProduction } from "./load.ts";
import { mapSources } from "./map-sources.ts";
import { parseProduction } from "./parse.ts";
import { productionToInput } from "./write.ts";

const AT = "https://example.com";

/** Every place that takes a source. */
const everywhere = {
  scenes: [
    {
      image: `${AT}/a.png?sig=1#x`,
      audio: { src: `${AT}/a` },
      subtitles: [`${AT}/a.srt`, { src: `${AT}/b`, burn: true, captions: { font: `${AT}/b.ttf` } }],
      captions: { font: `${AT}/a.ttf` },
    },
    { video: { src: "HTTP://EXAMPLE.com:80/../v" } },
    { card: { title: "x", font: `${AT}/c` } },
  ],
  soundtrack: `${AT}/m`,
  watermark: { src: `${AT}/w` },
};

const codes = (input: unknown, allowUrls: boolean) =>
  parseProduction(input, { baseDirectory: "/base", confine: true, allowUrls }).issues.map(
    ({ code, path }) => [code, path],
  );

describe("sources that are URLs", () => {
  it("are taken everywhere where they are allowed, as they will be asked for", () => {
    const { production, issues } = parseProduction(everywhere, {
      baseDirectory: "/base",
      confine: true,
      allowUrls: true,
    });
    expect(issues).toEqual([]);
    if (production === null) throw new Error("refused");
    const seen: string[] = [];
    mapSources(production, (source, path, what) => {
      seen.push(`${path} ${what} ${source}`);
      return source;
    });
    expect(seen).toEqual(
      [
        `scenes[0].image.src picture ${AT}/a.png?sig=1#x`,
        `scenes[0].audio.src narration ${AT}/a`,
        `scenes[0].subtitles[0].src caption file ${AT}/a.srt`,
        `scenes[0].subtitles[0].captions.font font ${AT}/a.ttf`,
        `scenes[0].subtitles[1].src caption file ${AT}/b`,
        `scenes[0].subtitles[1].captions.font font ${AT}/b.ttf`,
        `scenes[0].captions.font font ${AT}/a.ttf`,
        "scenes[1].video.src video http://example.com/v",
        `scenes[2].card.font font ${AT}/c`,
        `scenes[2].captions.font font ${AT}/c`.replace(`${AT}/c`, "none"),
        `soundtrack.src soundtrack ${AT}/m`,
        `watermark.src watermark ${AT}/w`,
      ].filter((line) => !line.endsWith("none")),
    );
  });

  it("are each refused where they are not, at their own place", () => {
    expect(codes(everywhere, false)).toEqual(
      [
        "scenes[0].captions.font",
        "scenes[0].image",
        "scenes[0].audio.src",
        "scenes[0].subtitles[0]",
        "scenes[0].subtitles[1].src",
        "scenes[0].subtitles[1].captions.font",
        "scenes[1].video.src",
        "scenes[2].card.font",
        "soundtrack",
        "watermark.src",
      ].map((path) => ["SOURCE_URL_UNSUPPORTED", path]),
    );
  });

  it.each([
    "file:///etc/passwd",
    "data:image/png;base64,AA",
    "s3://b/k",
    "ftp://a/b",
    "http:a.png",
    "blob:x",
    "gs://b/k",
  ])("of another kind (%s) are refused in any case", (image) => {
    expect(codes({ scenes: [{ image, duration: 1 }] }, true)).toEqual([
      ["SOURCE_URL_UNSUPPORTED", "scenes[0].image"],
    ]);
  });

  it.each(["https://", "http://[", "https://a b/", "http://a:99999/"])(
    "that are none (%s) are told",
    (image) =>
      expect(codes({ scenes: [{ image, duration: 1 }] }, true)).toEqual([["URL_INVALID", "scenes[0].image"]]),
  );

  it("are written as they are, and read back to the same", () => {
    const context = { baseDirectory: "/base", allowUrls: true };
    const { production } = parseProduction(everywhere, context);
    if (production === null) throw new Error("refused");
    expect(parseProduction(productionToInput(production), context).production).toEqual(production);
  });
});

describe("files of which some are URLs", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "reelburst-urls-"));
    await writeFile(join(folder, "p.json"), JSON.stringify({ ...everywhere, soundtrack: "gone.mp3" }));
    await writeFile(
      join(folder, "wrong.json"),
      JSON.stringify({ ...everywhere, soundtrack: "gone.mp3", outptu: {} }),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("are looked at as far as they are files", async () => {
    const { production } = await loadProduction(join(folder, "p.json"), { allowUrls: true });
    if (production === null) throw new Error("refused");
    expect(await checkFiles(production, { confine: true })).toMatchObject([
      { code: "FILE_NOT_FOUND", path: "soundtrack.src" },
    ]);
    const wrong = await loadProduction(join(folder, "wrong.json"), { allowUrls: true });
    expect(wrong.issues.map(({ code, path }) => [code, path])).toEqual([
      ["UNKNOWN_KEY", "outptu"],
      ["FILE_NOT_FOUND", "soundtrack.src"],
    ]);
  });
});
