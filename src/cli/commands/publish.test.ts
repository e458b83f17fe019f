import { describe, expect, it } from "vitest";
import type { Publisher, PublishReport, PublishWish } from "../../app.ts";
import { runCli } from "../program.ts";
import { jsonLines } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";

const REPORT: PublishReport = {
  film: "/films/film.mp4",
  sha256: "a".repeat(64),
  sizeBytes: 1_500_000,
  words: {
    youtube: { title: "The harbour", description: "At dawn.\n\u001b[31mred", tags: ["sea", "dawn"] },
    instagram: { caption: "The harbour\n\n#sea", hashtags: ["#sea"] },
    tiktok: { caption: "The harbour", hashtags: [] },
  },
  release: {
    visibility: "private",
    publishAtMs: Date.UTC(2027, 0, 1),
    madeForKids: null,
    syntheticMedia: true,
  },
  video: {},
  thumbnail: null,
  captions: [{ path: "/films/film.en.srt", language: "en" }],
  notices: [{ code: "PUBLISH_HASHTAGS", message: "Too many.", hint: "Keep the best ones." }],
  youtube: null,
  delivery: null,
};

const UPLOADED = {
  videoId: "abc",
  url: "https://www.youtube.com/watch?v=abc",
  channelId: null,
  privacyStatus: "private",
  publishAt: null,
  uploadedNow: true,
  parts: [],
};

/** A publisher that notes what it is asked for. */
function setUp(changes: Partial<Publisher> = {}) {
  const wishes: PublishWish[] = [];
  let closed = 0;
  const publisher: Partial<Publisher> = {
    prepare: async (wish) => {
      wishes.push(wish);
      return REPORT;
    },
    publish: async (wish, { emit }) => {
      wishes.push(wish);
      for (const sentBytes of [0, 700_000, 710_000, 1_500_000])
        emit({ type: "progress", sentBytes, totalBytes: 1_500_000 });
      return { ...REPORT, youtube: UPLOADED };
    },
    close: async () => void closed++,
    ...changes,
  };
  const context = fakeContext("/films", { openPublisher: async () => publisher as Publisher });
  const run = (...args: string[]) => runCli(["publish", ...args], context);
  return { context, wishes, run, closed: () => closed };
}

describe("publish", () => {
  it("turns its options into a wish", async () => {
    const { run, wishes } = setUp();
    await run(
      "film.mp4",
      "--to",
      "youtube",
      "--tags",
      "a, b c",
      "--synthetic",
      "no",
      "--no-captions",
      "--approve",
    );
    await run("film.mp4", "--to", "s3", "--thumbnail", "p.jpg", "--store", "file:///srv");
    await run("film.mp4", "--to", "s3", "--no-thumbnail");
    expect(wishes).toMatchObject([
      {
        source: "/films/film.mp4",
        tags: ["a", "b c"],
        syntheticMedia: false,
        madeForKids: undefined,
        captions: false,
        chapters: true,
        visibility: "private",
        approved: true,
        thumbnail: undefined,
      },
      { to: "s3", thumbnail: "/films/p.jpg", storageUrl: "file:///srv", approved: false },
      { thumbnail: false },
    ]);
  });

  it("shows a dry run in words, without anybody's control characters", async () => {
    const { run, context } = setUp();
    expect(await run("film.mp4", "--to", "youtube", "--dry-run")).toBe(0);
    const text = context.stdout.text;
    expect(text).toContain("To: youtube, private, public at 2027-01-01T00:00:00.000Z");
    expect(text).toContain("Made for kids: not said. Synthetic media: yes.");
    expect(text).toContain("Too many. (PUBLISH_HASHTAGS)");
    expect(text).toContain("Nothing was sent.");
    expect(text).toContain("YouTube tags\n  sea, dawn\n");
    expect(text).not.toContain("\u001b");
  });

  it("shows the words of what they go to, and no heading without words", async () => {
    const youtube = { ...REPORT.words.youtube, tags: [] };
    const prepare = async () => ({ ...REPORT, words: { ...REPORT.words, youtube } });
    const { run, context } = setUp({ prepare });
    expect(await run("film.mp4", "--to", "youtube", "--dry-run")).toBe(0);
    expect(context.stdout.text).toContain("YouTube title\n  The harbour\n");
    expect(context.stdout.text).not.toMatch(/Instagram|TikTok|tags/);
    expect(await run("film.mp4", "--to", "s3", "--dry-run")).toBe(0);
    expect(context.stdout.text).toContain("\nInstagram\n  The harbour\n");
  });

  it("tells progress by tenths where nothing can be redrawn, and the address alone on stdout", async () => {
    const { run, context, closed } = setUp();
    expect(await run("film.mp4", "--to", "youtube")).toBe(0);
    expect(context.stdout.text).toBe("https://www.youtube.com/watch?v=abc\n");
    expect(context.stderr.lines()).toEqual([
      "0 % of 1.5 MB sent",
      "47 % of 1.5 MB sent",
      "100 % of 1.5 MB sent",
    ]);
    expect(closed()).toBe(1);
  });

  it("redraws one line on a terminal and leaves none behind", async () => {
    const { run, context } = setUp();
    context.stderr.isTTY = true;
    await run("film.mp4", "--to", "youtube");
    expect(context.stderr.text).not.toContain("\n");
    expect(context.stderr.text.endsWith("\r\u001b[K")).toBe(true);
  });

  it("a part that failed ends with 1, and the address all the same", async () => {
    const error = { code: "YOUTUBE_FORBIDDEN", message: "Not allowed.", retryable: false, hint: "Look." };
    const parts = [{ part: "thumbnail", state: "failed" as const, error }];
    const publish = async () => ({ ...REPORT, youtube: { ...UPLOADED, parts } });
    const words = setUp({ publish });
    expect(await words.run("film.mp4", "--to", "youtube")).toBe(1);
    expect(words.context.stdout.text).toContain("watch?v=abc");
    expect(words.context.stderr.text).toContain(
      "thumbnail failed (YOUTUBE_FORBIDDEN): Not allowed.\n  Look.\n",
    );
    const json = setUp({ publish });
    expect(await json.run("film.mp4", "--to", "youtube", "--json")).toBe(1);
    expect(jsonLines(json.context).at(-1)).toMatchObject({ type: "partial", result: { youtube: { parts } } });
  });

  it.each([
    [["film.mp4"], "Nothing says where to publish."],
    [["film.mp4", "other.mp4", "--to", "s3"], "There is no room"],
    [["login"], "Only YouTube has logins."],
    [["logout", "vimeo"], "Only YouTube has logins."],
    [["approve"], "Nothing says which film to approve."],
  ])("%j is a wrong command", async (args, message) => {
    const { run, context } = setUp();
    expect(await run(...args)).toBe(2);
    expect(context.stderr.text).toContain(message);
  });

  it("shows where to log in, and what it got", async () => {
    const { run, context } = setUp({
      login: async (account, options, { onCode, onUrl }) => {
        onUrl("https://accounts.google.com/x");
        onCode({ userCode: "ABCD", url: "https://google.com/device", expiresInSeconds: 1800 });
        return { file: `/data/${account}-${options.device}`, scopes: [] };
      },
    });
    expect(await run("login", "youtube", "--account", "second", "--device")).toBe(0);
    expect(context.stderr.lines()).toEqual([
      expect.stringContaining("Open this address"),
      "https://accounts.google.com/x",
      "Open https://google.com/device on any device and type ABCD. It is valid for 30 min 00 s.",
      "Logged in. The login is kept in /data/second-true, readable by you only.",
    ]);
  });
});
