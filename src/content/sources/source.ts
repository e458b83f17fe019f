/** Where a film's words come from. Kept with the script, so that a film can say it. */
export interface Provenance {
  readonly kind: "topic" | "file" | "text" | "article" | "feed" | "reddit";
  /** Address or file name. */
  readonly from: string | null;
  readonly title: string | null;
  readonly author: string | null;
  /** Name of the site, feed or subreddit. */
  readonly site: string | null;
  /** ISO 8601, as the source states it. */
  readonly publishedAt: string | null;
  /** ISO 8601. */
  readonly fetchedAt: string | null;
}

export interface SourceText {
  /** What the film is about, in a line. */
  readonly topic: string;
  /** Markdown or plain text; null when there is only a topic. */
  readonly text: string | null;
  readonly provenance: Provenance;
}

/** Texts above it are cut by nobody: they are refused. */
export const MAX_SOURCE_CHARACTERS = 400_000;
