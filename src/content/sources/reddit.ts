/** Reddit's own API with an application's key (OAuth, `client_credentials`): posts of a subreddit, as its rules ask for. */
import { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";
import type { FetchTools } from "./fetch-source.ts";
import type { SourceText } from "./source.ts";

export interface RedditConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Null: Reddit's own two hosts. */
  readonly baseUrl: string | null;
}

export interface RedditWish {
  readonly subreddit: string;
  readonly order: "rising" | "top" | "hot" | "new";
}

export interface PostFilter {
  readonly minScore: number;
  /** false: posts marked as unfit for the young are left out. */
  readonly adult: boolean;
  /** Any of these words in a title leaves the post out. */
  readonly without: readonly string[];
}

export const DEFAULT_FILTER: PostFilter = { minScore: 1, adult: false, without: [] };

const MAX_BYTES = 3e6;

const token = z.object({ access_token: z.string().min(1) });
const listing = z.object({
  data: z.object({
    children: z.array(
      z.object({
        data: z.object({
          name: z.string(),
          title: z.string(),
          selftext: z.string().default(""),
          author: z.string().nullable().default(null),
          permalink: z.string().default(""),
          subreddit: z.string().default(""),
          score: z.number().default(0),
          over_18: z.boolean().default(false),
          stickied: z.boolean().default(false),
          created_utc: z.number().default(0),
        }),
      }),
    ),
  }),
});

/** `r/space`, `r/space/top`; null when it is none. */
export function parseReddit(source: string): RedditWish | null {
  const match = /^\/?r\/([A-Za-z0-9_]{2,21})(?:\/(rising|top|hot|new))?\/?$/.exec(source.trim());
  if (match === null) return null;
  return { subreddit: match[1] ?? "", order: (match[2] ?? "rising") as RedditWish["order"] };
}

/** In Reddit's order, filtered. @throws ReelburstError REDDIT_REFUSED, SOURCE_UNREADABLE, and of safe fetch */
export async function redditPosts(
  wish: RedditWish,
  config: RedditConfig,
  filter: PostFilter,
  { fetch, clock, signal }: FetchTools,
): Promise<SourceText[]> {
  const basic = Buffer.from(`${config.clientId}:${config.clientSecret}`).toString("base64");
  const ask = async <Answer>(url: string, schema: z.ZodType<Answer>, wanted: object): Promise<Answer> => {
    const response = await fetch.request(url, { maxBytes: MAX_BYTES, maxRedirects: 0, signal, ...wanted });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    if (response.status === 401 || response.status === 403)
      throw new ReelburstError("REDDIT_REFUSED", `Reddit refused (${response.status}).`, {
        hint: "Check REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET, and that the subreddit is public.",
      });
    const parsed = response.status === 200 ? schema.safeParse(jsonOf(Buffer.concat(chunks))) : null;
    if (parsed?.success === true) return parsed.data;
    throw new ReelburstError(
      "SOURCE_UNREADABLE",
      `Reddit gave no list of posts (status ${response.status}).`,
      {
        path: `r/${wish.subreddit}`,
        retryable: response.status === 429 || response.status >= 500,
      },
    );
  };
  const { access_token } = await ask(
    `${config.baseUrl ?? "https://www.reddit.com"}/api/v1/access_token`,
    token,
    {
      method: "POST",
      headers: { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials",
    },
  );
  const query = wish.order === "top" ? "?t=day&limit=50&raw_json=1" : "?limit=50&raw_json=1";
  const url = `${config.baseUrl ?? "https://oauth.reddit.com"}/r/${wish.subreddit}/${wish.order}${query}`;
  const { data } = await ask(url, listing, { headers: { authorization: `Bearer ${access_token}` } });
  return data.children
    .map(({ data: post }) => post)
    .filter(
      (post) =>
        !post.stickied &&
        (filter.adult || !post.over_18) &&
        post.score >= filter.minScore &&
        !filter.without.some((word) => post.title.toLowerCase().includes(word.toLowerCase())),
    )
    .map(
      (post): SourceText => ({
        topic: post.title,
        text: post.selftext.trim() === "" ? null : `# ${post.title}\n\n${post.selftext}`,
        provenance: {
          kind: "reddit",
          from: `https://www.reddit.com${post.permalink}`,
          title: post.title,
          author: post.author === null ? null : `u/${post.author}`,
          site: `r/${post.subreddit || wish.subreddit}`,
          publishedAt: post.created_utc > 0 ? new Date(post.created_utc * 1000).toISOString() : null,
          fetchedAt: new Date(clock.now()).toISOString(),
        },
      }),
    );
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return null;
  }
}
