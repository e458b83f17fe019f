import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../support/clock.ts";
import type { SafeFetch } from "../../support/safe-fetch/contract.ts";
import { createSafeFetch } from "../../support/safe-fetch/safe-fetch.ts";
import { type LoopbackServer, serveHttp } from "../../support/safe-fetch/testing/loopback-server.ts";
import { type FetchTools, feedSource, fetchPage } from "./fetch-source.ts";
import { parseReddit, redditPosts } from "./reddit.ts";

const PARAGRAPH =
  "Every snowfall stays where nothing melts, and the next one covers it until the weight has pressed it into ice. ".repeat(
    4,
  );
const ARTICLE = `<!doctype html><html><head><meta charset="utf-8"><title>Ice - Northlight</title>
<meta property="og:site_name" content="Northlight"><meta name="author" content="Ada Frost"></head><body>
<nav>Home News</nav><article><h1>Ice</h1><p>${PARAGRAPH}</p><script>document.title="owned"</script>
<h2>What it *keeps*</h2><ul><li>Old air</li><li>Dust</li></ul><blockquote>Ice is a breath of the past.</blockquote><p>${PARAGRAPH}</p></article></body></html>`;
const RSS = `<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Daily Frost</title><link>https://x.example</link><description>d</description>
<item><title>Snow admits it &amp; melts</title><link>ORIGIN/article</link><guid>a1</guid><dc:creator>Ann</dc:creator><pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate><description>Teaser only.</description></item>
<item><title>Second</title><guid>a2</guid><description><![CDATA[<p>${PARAGRAPH}</p><p>${PARAGRAPH}</p><script>x()</script>]]></description></item></channel></rss>`;
const ATOM = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>i</id><updated>2026-11-21T10:00:00Z</updated><entry><title>One</title><id>e1</id><updated>2026-11-21T10:00:00Z</updated><link href="https://x.example/1"/><content type="html">&lt;p&gt;Words.&lt;/p&gt;</content></entry></feed>`;
const post = (more: object) => ({
  kind: "t3",
  data: {
    name: "t3_a",
    title: "Ice is old",
    selftext: "It is 800,000 years old.",
    author: "ada",
    permalink: "/r/ice/comments/a",
    subreddit: "ice",
    score: 40,
    over_18: false,
    stickied: false,
    created_utc: 1_790_000_000,
    ...more,
  },
});

let server: LoopbackServer;
let fetch: SafeFetch;
let tools: FetchTools;
const seen: { url: string; authorization: string; body: string }[] = [];

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const url = request.url ?? "";
  seen.push({ url, authorization: request.headers.authorization ?? "", body });
  const send = (type: string, text: string | Uint8Array, status = 200) => {
    response.writeHead(status, { "content-type": type });
    response.end(text);
  };
  if (url === "/article") send("text/html; charset=utf-8", ARTICLE);
  else if (url === "/latin")
    send("text/html; charset=iso-8859-1", Buffer.from(ARTICLE.replace("Ada Frost", "Zo\u00eb"), "latin1"));
  else if (url === "/rss") send("application/rss+xml", RSS.replace("ORIGIN", server.origin));
  else if (url === "/atom") send("text/xml", ATOM);
  else if (url === "/deep") send("text/html", "<div>".repeat(200_000) + PARAGRAPH);
  else if (url === "/empty") send("text/html", "<p>Hi</p>");
  else if (url === "/bomb")
    send(
      "application/xml",
      `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "${"x".repeat(1000)}">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "${`&${i === 0 ? "a" : `b${i - 1}`};`.repeat(20)}">`).join("")}]><rss version="2.0"><channel><title>&b19;</title><item><title>t</title></item></channel></rss>`,
    );
  else if (url === "/large") send("text/html", "a".repeat(6e6));
  else if (url === "/api/v1/access_token")
    send(
      "application/json",
      request.headers.authorization === `Basic ${Buffer.from("id:secret").toString("base64")}`
        ? '{"access_token":"tok","token_type":"bearer"}'
        : "{}",
    );
  else if (url.startsWith("/r/private/")) send("application/json", "{}", 403);
  else if (url.startsWith("/r/broken/")) send("application/json", "<html>", 200);
  else if (url.startsWith("/r/ice/"))
    send(
      "application/json",
      JSON.stringify({
        data: {
          children: [
            post({ stickied: true }),
            post({ over_18: true }),
            post({ score: 0 }),
            post({ title: "Buy ICE now" }),
            post({}),
            post({ title: "A link", selftext: "" }),
          ],
        },
      }),
    );
  else send("text/plain", "no", 404);
}

beforeAll(async () => {
  server = await serveHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  fetch = createSafeFetch({ allowPrivate: [server.host] });
  tools = { fetch, clock: systemClock, signal: new AbortController().signal };
});
afterAll(async () => {
  await fetch.close();
  await server.close();
});

const page = (name: string) => fetchPage(`${server.origin}${name}`, tools);

describe("an article", () => {
  it("is its title, author and words, without the page around them", async () => {
    const fetched = await page("/article");
    if (fetched.kind !== "article") throw new Error("no article");
    const { text, topic, provenance } = fetched.source;
    expect(topic).toContain("Ice");
    expect(provenance).toMatchObject({
      kind: "article",
      author: "Ada Frost",
      site: "Northlight",
      from: `${server.origin}/article`,
    });
    expect(text).toContain("- Old air");
    expect(text).toContain("> Ice is a breath of the past.");
    expect(text).toContain("## What it \\*keeps\\*");
    expect(text).not.toMatch(/owned|Home News/);
  });

  it("in another encoding is read in that", async () => {
    const fetched = await page("/latin");
    expect(fetched.kind === "article" && fetched.source.provenance.author).toBe("Zoë");
  });

  it.each(["/deep", "/empty"])("that is none or a trap is refused: %s", async (name) => {
    await expect(page(name)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  });

  it("above 5 MB is not read", async () => {
    await expect(page("/large")).rejects.toMatchObject({ code: "FETCH_TOO_LARGE" });
  });

  it("of a forbidden host is not fetched", async () => {
    await expect(fetchPage("http://169.254.169.254/latest", tools)).rejects.toMatchObject({
      code: "URL_FORBIDDEN",
    });
  });
});

describe("a feed", () => {
  it("gives its entries with their provenance; a teaser's article is fetched", async () => {
    const fetched = await page("/rss");
    if (fetched.kind !== "feed") throw new Error("no feed");
    expect(fetched.feed.entries.map(({ id, title }) => [id, title])).toEqual([
      ["a1", "Snow admits it & melts"],
      ["a2", "Second"],
    ]);
    const [teaser, whole] = fetched.feed.entries;
    const first = await feedSource(fetched.feed, teaser as never, fetched.url, tools);
    expect(first.text).toContain("- Old air");
    expect(first.provenance).toMatchObject({
      kind: "feed",
      site: "The Daily Frost",
      author: "Ann",
      from: `${server.origin}/article`,
    });
    const second = await feedSource(fetched.feed, whole as never, fetched.url, tools);
    expect(second.text).toContain("Every snowfall stays");
    expect(second.text).not.toContain("x()");
  });

  it("may be Atom", async () => {
    const fetched = await page("/atom");
    expect(fetched.kind === "feed" && fetched.feed.entries[0]).toMatchObject({
      id: "e1",
      title: "One",
      text: "Words.",
      url: "https://x.example/1",
    });
  });

  it("whose entities multiply is refused or read without them", async () => {
    const fetched = await page("/bomb").catch((error: { code: string }) => error.code);
    if (fetched !== "SOURCE_UNREADABLE") expect(JSON.stringify(fetched).length).toBeLessThan(100_000);
  });
});

describe("Reddit", () => {
  const config = () => ({ clientId: "id", clientSecret: "secret", baseUrl: server.origin });
  const filter = { minScore: 1, adult: false, without: ["buy"] };

  it("gives the posts that pass, each with where it is from", async () => {
    const posts = await redditPosts({ subreddit: "ice", order: "top" }, config(), filter, tools);
    expect(posts.map(({ topic, text }) => [topic, text === null])).toEqual([
      ["Ice is old", false],
      ["A link", true],
    ]);
    expect(posts[0]?.provenance).toMatchObject({
      kind: "reddit",
      author: "u/ada",
      site: "r/ice",
      from: "https://www.reddit.com/r/ice/comments/a",
    });
    const [asked, listed] = seen.slice(-2);
    expect(asked).toMatchObject({ url: "/api/v1/access_token", body: "grant_type=client_credentials" });
    expect(listed).toMatchObject({
      url: "/r/ice/top?t=day&limit=50&raw_json=1",
      authorization: "Bearer tok",
    });
  });

  it.each([
    ["private", "REDDIT_REFUSED"],
    ["broken", "SOURCE_UNREADABLE"],
  ])("r/%s is %s", async (subreddit, code) => {
    await expect(redditPosts({ subreddit, order: "rising" }, config(), filter, tools)).rejects.toMatchObject({
      code,
    });
  });

  it.each([
    ["r/space", { subreddit: "space", order: "rising" }],
    ["/r/space/top", { subreddit: "space", order: "top" }],
    ["r/space/../admin", null],
    ["why the sky is blue", null],
  ])("%s", (text, wish) => expect(parseReddit(text)).toEqual(wish));
});
