import { appendFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../../test/fakes/youtube/fake-youtube.ts";
import { YouTubeBench } from "../testing/youtube-bench.ts";
import { SCOPES } from "./google-servers.ts";
import { readRecord } from "./upload-record.ts";

const SESSION = "PUT /upload/session";
/** The bench's film is sent in this many chunks. */
const CHUNKS = 7;

let bench: YouTubeBench;

beforeEach(async () => {
  bench = await YouTubeBench.open();
});

afterEach(async () => {
  const { violations } = bench.fake;
  await bench.close();
  expect(violations).toEqual([]);
});

function code(expected: string, more: object = {}): unknown {
  return expect.objectContaining({ code: expected, ...more });
}

/** There is exactly one video, and it is the film. */
async function expectTheFilmOnce(): Promise<void> {
  expect([...bench.fake.videos.values()].map(({ bytes }) => bytes.length)).toEqual([
    (await stat(bench.film)).size,
  ]);
  expect([...bench.fake.videos.values()][0]?.bytes.equals(await readFile(bench.film))).toBe(true);
}

describe("an upload", () => {
  it("arrives byte for byte, private, in chunks, and is never done twice", async () => {
    const first = await bench.publish();
    await expectTheFilmOnce();
    expect(first).toMatchObject({ uploadedNow: true, privacyStatus: "private", channelId: "UCfake" });
    expect(bench.fake.requests.filter((each) => each.startsWith(SESSION))).toHaveLength(CHUNKS);
    const again = await bench.publish();
    expect(again).toMatchObject({ videoId: first.videoId, uploadedNow: false });
    expect(
      bench.fake.requests.filter((each) => each.startsWith("POST /upload/youtube/v3/videos")),
    ).toHaveLength(1);
    await expectTheFilmOnce();
  });

  it("sends what was said, and nothing that was not", async () => {
    await bench.publish({
      language: "en",
      release: {
        visibility: "private",
        publishAtMs: Date.UTC(2099, 0, 1),
        madeForKids: false,
        syntheticMedia: true,
      },
    });
    const { resource } = [...bench.fake.videos.values()][0] ?? {};
    expect(resource).toEqual({
      snippet: {
        title: "The harbour",
        description: "At dawn.",
        tags: ["harbour"],
        categoryId: "22",
        defaultLanguage: "en",
        defaultAudioLanguage: "en",
      },
      status: {
        privacyStatus: "private",
        publishAt: "2099-01-01T00:00:00.000Z",
        selfDeclaredMadeForKids: false,
        containsSyntheticMedia: true,
      },
    });
  });

  it("keeps the session's address to its owner, on disk before the first byte", async () => {
    bench.fake.faults.push({ on: SESSION, times: 99, how: { status: 403, reason: "quotaExceeded" } });
    await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_QUOTA_EXCEEDED"));
    expect((await readRecord(bench.recordFile))?.session?.uri).toContain("/upload/session/");
    expect((await stat(bench.recordFile)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(bench.recordFile))).mode & 0o777).toBe(0o700);
  });
});

describe("a fault on the way", () => {
  const faults: readonly [string, Omit<Fault, "times">][] = [
    ["500", { on: SESSION, skip: 2, how: { status: 500 } }],
    ["503 that is no JSON", { on: SESSION, skip: 2, how: { status: 503, body: "<html>busy</html>" } }],
    ["429", { on: SESSION, skip: 2, how: { status: 429, reason: "rateLimitExceeded" } }],
    [
      "403 that means slower",
      { on: SESSION, skip: 2, how: { status: 403, reason: "userRateLimitExceeded" } },
    ],
    ["an answer lost", { on: SESSION, skip: 2, how: "lost-answer" }],
    ["the last answer lost", { on: SESSION, skip: CHUNKS - 1, how: "lost-answer" }],
    ["the last answer cut in its middle", { on: SESSION, skip: CHUNKS - 1, how: "cut-answer" }],
    ["the last answer dripping", { on: SESSION, skip: CHUNKS - 1, how: "drip" }],
    ["a body cut in its middle", { on: SESSION, skip: 3, how: "cut-body" }],
    ["the beginning refused", { on: "POST /upload/youtube/v3/videos", how: { status: 503 } }],
    ["the beginning's answer lost", { on: "POST /upload/youtube/v3/videos", how: "lost-answer" }],
  ];

  it.each(faults)("%s: the film arrives once all the same", async (_name, fault) => {
    bench.fake.faults.push({ ...fault, times: 1 });
    await bench.publish();
    await expectTheFilmOnce();
  });

  it.each(faults)("%s, three times in a row", async (_name, fault) => {
    bench.fake.faults.push({ ...fault, times: 3 });
    await bench.publish();
    await expectTheFilmOnce();
  });

  it("a peer that is gone without a word: the chunk is given up and asked about", async () => {
    bench.fake.faults.push({ on: SESSION, skip: 2, times: 1, how: "half-open" });
    await bench.publish({}, { chunkTimeoutMs: 150 });
    await expectTheFilmOnce();
    expect(bench.fake.requests.some((each) => each.includes("bytes */"))).toBe(true);
  });

  it("waits as long as it is asked to, with jitter on top", async () => {
    bench.fake.faults.push({ on: SESSION, skip: 1, times: 1, how: { status: 503, retryAfter: "7" } });
    await bench.publish();
    expect(bench.waits).toContain(7500);
  });

  it("gives up at last, and the next run goes on where the server is", async () => {
    bench.fake.faults.push({ on: SESSION, skip: 3, times: 99, how: { status: 500 } });
    await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_UNAVAILABLE", { retryable: true }));
    bench.fake.faults.length = 0;
    const before = bench.fake.requests.length;
    await bench.publish();
    await expectTheFilmOnce();
    expect(bench.fake.requests.slice(before, before + 2)).toEqual([
      expect.stringContaining("bytes */1600123"),
      expect.stringContaining("bytes 786432-"),
    ]);
  });

  it("renews a token that ends in the middle", async () => {
    const sent = bench.publish();
    bench.fake.faults.push({ on: SESSION, skip: 2, times: 1, how: { status: 401, reason: "authError" } });
    await sent;
    await expectTheFilmOnce();
    expect(bench.fake.requests).toContain("POST /token");
  });

  it("stops when it is told to, and goes on later", async () => {
    bench.fake.pauseAt = 600_000;
    const sent = bench.publish();
    await bench.fake.paused;
    bench.abort();
    await expect(sent).rejects.toThrow(code("ABORTED"));
    bench.fake.resume();
    await bench.publish();
    await expectTheFilmOnce();
  });
});

describe("a session that is gone", () => {
  it("before the last byte was sent: another is begun", async () => {
    bench.fake.faults.push({ on: SESSION, skip: 3, times: 1, how: { status: 410 } });
    await bench.publish();
    await expectTheFilmOnce();
    expect(bench.events).toContainEqual(
      expect.objectContaining({ notice: expect.objectContaining({ code: "YOUTUBE_SESSION_ENDED" }) }),
    );
  });

  it("again and again: it ends", async () => {
    bench.fake.faults.push({ on: SESSION, times: 99, how: { status: 404 } });
    await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_UNAVAILABLE"));
  });

  describe("after the last byte, unconfirmed", () => {
    async function loseTheEnd(): Promise<void> {
      bench.fake.faults.push({ on: SESSION, skip: CHUNKS - 1, times: 1, how: "lost-answer" });
      bench.fake.faults.push({ on: SESSION, times: 99, how: { status: 404 } });
    }

    it("nothing is sent again where the login may not look", async () => {
      await loseTheEnd();
      await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_UPLOAD_UNCERTAIN"));
      await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_UPLOAD_UNCERTAIN"));
      await expectTheFilmOnce();
      const [id = ""] = [...bench.fake.videos.keys()];
      expect(await bench.publish({ videoId: id })).toMatchObject({ videoId: id, uploadedNow: false });
      expect(await bench.publish()).toMatchObject({ videoId: id, uploadedNow: false });
      await expectTheFilmOnce();
    });

    it("the video is found where it may", async () => {
      await bench.login([SCOPES.upload, SCOPES.captions]);
      await loseTheEnd();
      const { videoId } = await bench.publish();
      expect([...bench.fake.videos.keys()]).toEqual([videoId]);
    });

    it("a video of this title whose size YouTube does not tell yet may be the one", async () => {
      await bench.login([SCOPES.upload, SCOPES.captions]);
      bench.fake.tellsSizes = false;
      await loseTheEnd();
      await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_UPLOAD_UNCERTAIN"));
      bench.fake.tellsSizes = true;
      expect(await bench.publish()).toMatchObject({ videoId: [...bench.fake.videos.keys()][0] });
      await expectTheFilmOnce();
    });

    it("another video of this title is not taken for it", async () => {
      await bench.login([SCOPES.upload, SCOPES.captions]);
      await bench.publish();
      const other = await bench.newFilm(1_600_124);
      const recordFile = `${bench.recordFile}.2`;
      bench.fake.faults.push({ on: SESSION, skip: CHUNKS - 1, times: 2, how: { status: 404 } });
      const { videoId } = await bench.publish({}, { recordFile });
      expect(bench.fake.videos.get(videoId)?.bytes.equals(other)).toBe(true);
      expect(bench.fake.videos.size).toBe(2);
    });

    it("another is begun where it may look and there is none", async () => {
      await bench.login([SCOPES.upload, SCOPES.captions]);
      bench.fake.faults.push({ on: SESSION, skip: CHUNKS - 1, times: 2, how: { status: 404 } });
      await bench.publish();
      await expectTheFilmOnce();
    });

    it("is sent anew when that is asked for", async () => {
      await loseTheEnd();
      await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_UPLOAD_UNCERTAIN"));
      bench.fake.faults.length = 0;
      await bench.publish({ again: true });
      expect(bench.fake.videos.size).toBe(2);
    });
  });
});

describe("a film that changes", () => {
  it.each([
    ["grows", () => appendFile(bench.film, "more")],
    ["is cut", () => truncate(bench.film, 1_000_000)],
    ["is written over", () => writeFile(bench.film, Buffer.alloc(1_600_123))],
  ])("while it is sent (%s) never becomes a video", async (_name, change) => {
    const film = await bench.package();
    bench.fake.pauseAt = 700_000;
    const sent = bench.publish({}, {}, film);
    await bench.fake.paused;
    await change();
    bench.fake.resume();
    // The server's end of the paused chunk goes; the sender asks and goes on.
    bench.fake.dropConnections();
    await expect(sent).rejects.toThrow(code("PUBLISH_FILM_CHANGED"));
    expect(bench.fake.videos.size).toBe(0);
  });

  it("between two runs begins anew, and the half-sent one is never finished", async () => {
    bench.fake.faults.push({ on: SESSION, skip: 3, times: 1, how: { status: 403, reason: "quotaExceeded" } });
    await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_QUOTA_EXCEEDED"));
    await bench.newFilm();
    const film = await bench.package();
    await bench.publish({}, { recordFile: `${bench.recordFile}.${film.sha256}` }, film);
    await expectTheFilmOnce();
  });

  it("begins anew with other words, once nothing can have been completed", async () => {
    bench.fake.faults.push({ on: SESSION, skip: 3, times: 1, how: { status: 403, reason: "quotaExceeded" } });
    await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_QUOTA_EXCEEDED"));
    await bench.publish({ words: { title: "Another title", description: "", tags: [] } });
    await expectTheFilmOnce();
    expect([...bench.fake.videos.values()][0]?.resource.snippet["title"]).toBe("Another title");
  });
});

describe("a record that can't be read", () => {
  it("stops everything: it may stand for a video", async () => {
    await bench.publish();
    await writeFile(bench.recordFile, "{");
    await expect(bench.publish()).rejects.toThrow(code("PUBLISH_RECORD_DAMAGED"));
    await expectTheFilmOnce();
  });
});

describe("what YouTube refuses", () => {
  it.each([
    [403, "quotaExceeded", "YOUTUBE_QUOTA_EXCEEDED"],
    [400, "uploadLimitExceeded", "YOUTUBE_UPLOAD_LIMIT"],
    [400, "invalidTitle", "YOUTUBE_METADATA_REFUSED"],
    [400, "invalidPublishAt", "YOUTUBE_METADATA_REFUSED"],
    [401, "youtubeSignupRequired", "YOUTUBE_CHANNEL_MISSING"],
    [401, "authError", "YOUTUBE_LOGIN_NEEDED"],
    [403, "accessNotConfigured", "YOUTUBE_FORBIDDEN"],
    [403, "insufficientPermissions", "YOUTUBE_SCOPE_MISSING"],
    [403, "nobodyKnows", "YOUTUBE_FORBIDDEN"],
    [418, "nobodyKnows", "YOUTUBE_REFUSED"],
  ])("%d %s is %s", async (status, reason, expected) => {
    bench.fake.faults.push({ on: "POST /upload/youtube/v3/videos", times: 9, how: { status, reason } });
    await expect(bench.publish()).rejects.toThrow(
      code(expected, { retryable: false, hint: expect.any(String) }),
    );
  });

  it("is not tried again", async () => {
    const how = { status: 403, reason: "quotaExceeded" };
    bench.fake.faults.push({ on: "POST /upload/youtube/v3/videos", times: 9, how });
    await expect(bench.publish()).rejects.toThrow();
    expect(bench.fake.requests).toHaveLength(1);
  });

  it("a revoked login is told as one", async () => {
    await bench.login([SCOPES.upload], { expiresAtMs: 0, refreshToken: "revoked" });
    await expect(bench.publish()).rejects.toThrow(code("YOUTUBE_ACCESS_REVOKED"));
  });
});

describe("what belongs to the video", () => {
  const captions = async (text: string) => {
    const file = path.join(bench.folder, "film.en.srt");
    await writeFile(file, text);
    return [{ path: file, language: "en" }];
  };
  const picture = async () => {
    const file = path.join(bench.folder, "film.poster.jpg");
    await writeFile(file, Buffer.from("\xff\xd8\xff\xe0 a picture", "latin1"));
    return file;
  };

  it("is set after it, once", async () => {
    await bench.login([SCOPES.upload, SCOPES.captions]);
    const wish = {
      thumbnail: await picture(),
      captions: await captions("1\n00:00:00,000 --> 00:00:01,000\nHello\n"),
    };
    const first = await bench.publish(wish);
    expect(first.parts.map(({ part, state }) => `${part} ${state}`)).toEqual([
      "thumbnail done",
      "captions.en done",
    ]);
    const again = await bench.publish(wish);
    expect(again.parts.map(({ part, state }) => `${part} ${state}`)).toEqual([
      "thumbnail kept",
      "captions.en kept",
    ]);
    const [video] = [...bench.fake.videos.values()];
    expect(video?.thumbnail?.toString("latin1")).toContain("a picture");
    expect(video?.captions.get("en")?.toString()).toContain("Hello");
  });

  it("may fail without the video, and is done by the next run", async () => {
    const wish = { thumbnail: await picture() };
    const how = { status: 403, reason: "forbidden" };
    bench.fake.faults.push({ on: "POST /upload/youtube/v3/thumbnails", times: 1, how });
    const first = await bench.publish(wish);
    expect(first.parts).toEqual([{ part: "thumbnail", state: "failed", error: code("YOUTUBE_FORBIDDEN") }]);
    const second = await bench.publish(wish);
    expect(second).toMatchObject({ uploadedNow: false, parts: [{ state: "done" }] });
    await expectTheFilmOnce();
  });

  it("captions without the right to them are told, not tried", async () => {
    const { parts } = await bench.publish({ captions: await captions("1\n") });
    expect(parts).toEqual([{ part: "captions.en", state: "failed", error: code("YOUTUBE_SCOPE_MISSING") }]);
    expect(bench.fake.requests.some((each) => each.includes("captions"))).toBe(false);
  });

  it("captions whose answer was lost are there; changed ones are told", async () => {
    await bench.login([SCOPES.upload, SCOPES.captions]);
    bench.fake.faults.push({ on: "POST /upload/youtube/v3/captions", times: 1, how: "lost-answer" });
    expect((await bench.publish({ captions: await captions("1\n") })).parts).toMatchObject([
      { state: "kept" },
    ]);
    expect((await bench.publish({ captions: await captions("2\n") })).parts).toMatchObject([
      { state: "failed", error: { code: "YOUTUBE_CAPTIONS_EXIST" } },
    ]);
  });

  it("a picture of more than 2 MB goes through the one who makes it smaller", async () => {
    const file = await picture();
    await writeFile(file, Buffer.alloc(2_000_001));
    const shrink = async () => Buffer.from("small");
    expect((await bench.publish({ thumbnail: file }, { shrink })).parts).toMatchObject([{ state: "done" }]);
    const large = async () => Buffer.alloc(2_000_001);
    expect((await bench.publish({ thumbnail: file }, { shrink: large })).parts).toMatchObject([
      { state: "failed", error: { code: "PUBLISH_THUMBNAIL_TOO_LARGE" } },
    ]);
  });
});
