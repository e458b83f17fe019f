/** The composition root of the list of topics: where they come from, and who said yes. */
import { type Config, readContentConfig } from "./config.ts";
import { type FetchTools, feedSource, fetchPage } from "./content/sources/fetch-source.ts";
import { DEFAULT_FILTER, parseReddit, redditPosts } from "./content/sources/reddit.ts";
import type { SourceText } from "./content/sources/source.ts";
import {
  addTopics,
  moveTopic,
  readTopics,
  type Topic,
  type TopicState,
} from "./content/topics/topic-list.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";

export interface TopicsRequest {
  readonly action: "list" | "add" | "approve" | "reject";
  /** A feed's address or `r/<subreddit>`; a topic's id. */
  readonly value: string;
  /** Absolute. */
  readonly file: string;
}

export interface TopicLine {
  readonly id: string;
  readonly state: TopicState;
  readonly title: string;
  readonly from: string | null;
}

/** Of one feed at a time. */
const MOST_ENTRIES = 25;

/** Those that the action was about. */
export async function topics(
  config: Config,
  request: TopicsRequest,
  signal: AbortSignal,
): Promise<TopicLine[]> {
  const { action, value, file } = request;
  switch (action) {
    case "list":
      return (await readTopics(file)).map(lineOf);
    case "approve":
    case "reject":
      return [lineOf(await moveTopic(file, value, action === "approve" ? "approved" : "rejected"))];
    case "add": {
      const { createSafeFetch } = await import("./support/safe-fetch/safe-fetch.ts");
      const tools = {
        fetch: createSafeFetch({ allowPrivate: config.fetchAllow }),
        clock: systemClock,
        signal,
      };
      try {
        return (await addTopics(file, await sourcesOf(value, tools), systemClock.now())).map(lineOf);
      } finally {
        await tools.fetch.close();
      }
    }
  }
}

/** @throws ReelburstError TOPIC_STATE for one that nobody has approved */
export async function approvedSource(file: string, id: string): Promise<SourceText> {
  const topic = (await readTopics(file)).find((one) => one.id === id);
  if (topic === undefined)
    throw new ReelburstError("TOPIC_UNKNOWN", `There is no topic ${id}.`, { path: file });
  if (topic.state !== "approved")
    throw new ReelburstError("TOPIC_STATE", `The topic is ${topic.state}, not approved.`, {
      path: id,
      hint: `Approve it with "npx reelburst topics approve ${id}".`,
    });
  return topic.source;
}

async function sourcesOf(value: string, tools: FetchTools): Promise<SourceText[]> {
  const reddit = parseReddit(value);
  if (reddit !== null) {
    const { reddit: access } = readContentConfig();
    if (access === null)
      throw new ReelburstError("REDDIT_NOT_CONFIGURED", "Reddit wants an application's key.", {
        hint: "Set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET.",
      });
    return redditPosts(reddit, access, DEFAULT_FILTER, tools);
  }
  const page = await fetchPage(value, tools);
  if (page.kind === "article") return [page.source];
  const sources: SourceText[] = [];
  // One after the other: each may fetch its article from the same server.
  for (const entry of page.feed.entries.slice(0, MOST_ENTRIES)) {
    const source = await feedSource(page.feed, entry, page.url, tools).catch((error: unknown) => {
      tools.signal.throwIfAborted();
      // An entry without a text that can be read is no topic; the others are.
      if (error instanceof ReelburstError) return null;
      throw error;
    });
    if (source !== null) sources.push(source);
  }
  return sources;
}

function lineOf({ id, state, source }: Topic): TopicLine {
  return { id, state, title: source.topic, from: source.provenance.from };
}
