/** An address -> the article or the feed behind it, with where it came from. */
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { SafeFetch } from "../../support/safe-fetch/contract.ts";
import { inThread } from "../thread.ts";
import type { ReadArticle } from "./read-article.ts";
import type { FeedEntry, ReadFeed } from "./read-feed.ts";
import { checkedText, NO_PROVENANCE } from "./read-source.ts";
import type { SourceText } from "./source.ts";

export interface FetchTools {
  readonly fetch: SafeFetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const MAX_BYTES = 5e6;
const READ_MS = 20_000;
/** A feed's own text shorter than this is a teaser, and the article itself is fetched. */
const TEASER_CHARACTERS = 700;

const TYPES = [
  "text/html",
  "application/xhtml+xml",
  "application/rss+xml",
  "application/atom+xml",
  "application/xml",
  "text/xml",
  "application/rdf+xml",
  "application/feed+json",
  "application/json",
];

export type FetchedPage =
  | { readonly kind: "article"; readonly source: SourceText }
  | { readonly kind: "feed"; readonly feed: ReadFeed; readonly url: string };

/** @throws ReelburstError of safe fetch, SOURCE_UNREADABLE, SOURCE_EMPTY */
export async function fetchPage(url: string, tools: FetchTools): Promise<FetchedPage> {
  const { fetch, signal } = tools;
  const answer = await fetch.read(url, { maxBytes: MAX_BYTES, types: TYPES, signal });
  const body = decoded(answer.body, answer.headers["content-type"] ?? "");
  if (isFeed(body, answer.headers["content-type"] ?? "")) {
    const feed = await read<ReadFeed>("feed", body, answer.url, signal);
    return { kind: "feed", feed, url: answer.url };
  }
  return { kind: "article", source: await articleOf(body, answer.url, tools) };
}

/** @throws ReelburstError as `fetchPage` */
export async function feedSource(
  feed: ReadFeed,
  entry: FeedEntry,
  feedUrl: string,
  tools: FetchTools,
): Promise<SourceText> {
  const provenance = {
    kind: "feed",
    from: entry.url ?? feedUrl,
    title: entry.title,
    author: entry.author,
    site: feed.title,
    publishedAt: entry.publishedAt,
    fetchedAt: new Date(tools.clock.now()).toISOString(),
  } as const;
  const topic = entry.title ?? feed.title ?? feedUrl;
  let text = entry.text;
  if (text.length < TEASER_CHARACTERS && entry.url !== null) {
    const page = await fetchPage(entry.url, tools);
    if (page.kind === "article" && page.source.text !== null) text = page.source.text;
  }
  return checkedText(text, { topic, text: titled(entry.title, text), provenance });
}

async function articleOf(html: string, url: string, { clock, signal }: FetchTools): Promise<SourceText> {
  const article = await read<ReadArticle | null>("article", html, url, signal);
  if (article === null)
    throw new ReelburstError("SOURCE_UNREADABLE", "There is no article on this page.", {
      path: url,
      hint: "Save its text as a .txt or .md file and give that.",
    });
  const { title, author, site, publishedAt, markdown } = article;
  return checkedText(markdown, {
    topic: title ?? url,
    text: titled(title, markdown),
    provenance: {
      ...NO_PROVENANCE,
      kind: "article",
      from: url,
      title,
      author,
      site,
      publishedAt,
      fetchedAt: new Date(clock.now()).toISOString(),
    },
  });
}

function read<Result>(
  kind: "article" | "feed",
  body: string,
  url: string,
  signal: AbortSignal,
): Promise<Result> {
  return inThread(
    new URL("./article-worker.ts", import.meta.url),
    { kind, body, url },
    {
      timeoutMs: READ_MS,
      signal,
      tooMuch: {
        message: "The page can't be read in reasonable time.",
        hint: "Save its text as a .txt or .md file and give that.",
      },
    },
  );
}

/** The film's title is the article's, whatever headings stand in it. */
function titled(title: string | null, markdown: string): string {
  return title === null ? markdown : `# ${title.replace(/[\\`*_[\]<>#|~]/g, "\\$&")}\n\n${markdown}`;
}

function isFeed(body: string, type: string): boolean {
  if (/html/i.test(type)) return false;
  const head = body.slice(0, 2_000);
  return /<(?:rss|feed|rdf:RDF)[\s>]/i.test(head) || /jsonfeed\.org/.test(head);
}

function decoded(body: Uint8Array, type: string): string {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 2_048)).toString("latin1");
  const named =
    /charset=["']?([\w-]+)/i.exec(type)?.[1] ??
    /<meta[^>]+charset=["']?([\w-]+)/i.exec(head)?.[1] ??
    /^<\?xml[^>]+encoding=["']([\w-]+)/i.exec(head)?.[1] ??
    "utf-8";
  try {
    return new TextDecoder(named).decode(body);
  } catch {
    // A name that no decoder has.
    return new TextDecoder("utf-8").decode(body);
  }
}
