/**
 * What platforms take as words about a film, and the words made to fit. Pure.
 *
 * Sources, as read on 2026-11-21:
 * - YouTube: developers.google.com/youtube/v3/docs/videos (title 100 characters, description 5,000 bytes, both without
 *   `<` and `>`; tags 500 characters in all, commas between them and quotation marks around those with a space counted);
 *   support.google.com/youtube/answer/6390658 (more than 60 hashtags in title and description: all are ignored).
 * - Instagram: developers.facebook.com/docs/instagram-platform (caption 2,200 characters, 30 hashtags, 20 mentions).
 *   Since the end of 2025 the app itself is reported to take 5 hashtags; so no more are made here, and more are warned of.
 * - TikTok: developers.tiktok.com/doc/content-posting-api-reference-direct-post (2,200 UTF-16 units); 5 hashtags since
 *   August 2025 by reports, not by that page.
 *
 * Characters are counted as UTF-16 units everywhere: where a platform counts code points, that errs on the safe side.
 */
import type { Issue } from "../spec/issue.ts";
import { errorIssue, warningIssue } from "../spec/issue.ts";
import { type Chapter, chapterLines } from "./chapters.ts";

export const YOUTUBE_LIMITS = { title: 100, descriptionBytes: 5000, tags: 500 } as const;
export const CAPTION_LIMITS = {
  instagram: { caption: 2200, hashtags: 30, hashtagsMade: 5, mentions: 20 },
  tiktok: { caption: 2200, hashtags: 5, hashtagsMade: 5, mentions: Number.POSITIVE_INFINITY },
} as const;

/** What a person or a script says of a film, before any platform. */
export interface FilmWords {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

export interface YouTubeWords {
  readonly title: string;
  /** With the chapters at its end. */
  readonly description: string;
  readonly tags: readonly string[];
}

export interface PostWords {
  /** The whole text of the post: title, description, hashtags. */
  readonly caption: string;
  /** Those in it, with their `#`. */
  readonly hashtags: readonly string[];
}

export interface PlatformWords {
  readonly youtube: YouTubeWords;
  readonly instagram: PostWords;
  readonly tiktok: PostWords;
}

/**
 * The words for every platform, and what is wrong with them, each finding with its place in the film's words (`title`,
 * `tags[3]`). What a person wrote for YouTube is refused when it does not fit, never cut; tags that are too many are
 * dropped from the end, and posts made of several parts have their description shortened, both with a warning.
 */
export function platformWords(
  words: FilmWords,
  chapters: readonly Chapter[] = [],
): { readonly words: PlatformWords; readonly issues: readonly Issue[] } {
  const clean = { ...words, title: words.title.trim(), description: words.description.trim() };
  const issues: Issue[] = [];
  const youtube = youtubeWords(clean, chapters, issues);
  const instagram = postWords("instagram", clean, issues);
  const tiktok = postWords("tiktok", clean, issues);
  return { words: { youtube, instagram, tiktok }, issues };
}

function youtubeWords(words: FilmWords, chapters: readonly Chapter[], issues: Issue[]): YouTubeWords {
  const { title, description } = words;
  const most = YOUTUBE_LIMITS;
  if (title === "")
    issues.push(
      errorIssue(
        "PUBLISH_TITLE",
        "title",
        "The film has no title.",
        "Give one with --title or in the metadata file.",
      ),
    );
  if (title.length > most.title) {
    issues.push(
      errorIssue(
        "PUBLISH_TITLE",
        "title",
        `The title has ${title.length} characters; YouTube takes ${most.title}.`,
        "Shorten it.",
      ),
    );
  }
  if (/[<>\p{Cc}]/u.test(title))
    issues.push(
      errorIssue("PUBLISH_TITLE", "title", "The title holds <, > or a control character.", "Remove it."),
    );
  const bytes = Buffer.byteLength(description);
  if (bytes > most.descriptionBytes) {
    issues.push(
      errorIssue(
        "PUBLISH_DESCRIPTION",
        "description",
        `The description has ${bytes} bytes; YouTube takes ${most.descriptionBytes}.`,
        "Shorten it; letters beyond ASCII have two to four bytes.",
      ),
    );
  }
  if (/[<>]/.test(description))
    issues.push(
      errorIssue("PUBLISH_DESCRIPTION", "description", "The description holds < or >.", "Remove them."),
    );
  return {
    title,
    description: withChapters(description, chapters, issues),
    tags: fittingTags(words.tags, issues),
  };
}

function withChapters(description: string, chapters: readonly Chapter[], issues: Issue[]): string {
  if (chapters.length === 0) return description;
  const whole = [description, chapterLines(chapters)].filter((part) => part !== "").join("\n\n");
  if (Buffer.byteLength(whole) <= YOUTUBE_LIMITS.descriptionBytes) return whole;
  issues.push(
    warningIssue(
      "PUBLISH_CHAPTERS_OMITTED",
      "description",
      "There is no room for the chapters in the description; they are left out.",
      "Shorten the description.",
    ),
  );
  return description;
}

/** As YouTube counts a tag within its 500 characters: with quotation marks when it holds a space. */
export function tagLength(tag: string): number {
  return tag.length + (/\s/.test(tag) ? 2 : 0);
}

function fittingTags(tags: readonly string[], issues: Issue[]): string[] {
  const kept: string[] = [];
  const seen = new Set<string>();
  let length = 0;
  for (const [index, raw] of tags.entries()) {
    const tag = raw.trim().replace(/\s+/g, " ");
    const key = tag.toLowerCase();
    if (tag === "" || seen.has(key)) continue;
    seen.add(key);
    if (/[<>",\p{Cc}]/u.test(tag)) {
      issues.push(dropped(index, "holds a comma, a quotation mark or an angle bracket"));
      continue;
    }
    const added = tagLength(tag) + (kept.length > 0 ? 1 : 0);
    if (length + added > YOUTUBE_LIMITS.tags) {
      issues.push(dropped(index, `does not fit into YouTube's ${YOUTUBE_LIMITS.tags} characters`));
      continue;
    }
    length += added;
    kept.push(tag);
  }
  return kept;
}

function dropped(index: number, why: string): Issue {
  return warningIssue("PUBLISH_TAG_DROPPED", `tags[${index}]`, `The tag ${why}; it is left out.`);
}

/** `"Ken Burns effect"` -> `#KenBurnsEffect`. null for what can't be one: nothing but digits, or no letter at all. */
export function hashtagOf(tag: string): string | null {
  const parts = tag
    .normalize("NFC")
    .split(/[^\p{L}\p{M}\p{N}_]+/u)
    .filter((part) => part !== "");
  const joined = parts
    .map((part) => (parts.length > 1 ? part.charAt(0).toUpperCase() + part.slice(1) : part))
    .join("");
  return /\p{L}/u.test(joined) && joined.length <= 100 ? `#${joined}` : null;
}

const HASHTAG = /(?<![\p{L}\p{N}_&/])#[\p{L}\p{M}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*/gu;

function postWords(platform: "instagram" | "tiktok", words: FilmWords, issues: Issue[]): PostWords {
  const limits = CAPTION_LIMITS[platform];
  const own = `${words.title}\n${words.description}`.match(HASHTAG) ?? [];
  checkHashtags(platform, own.length, issues);
  const mentions = `${words.title}\n${words.description}`.match(/(?<![\w.])@[\w.]+/g) ?? [];
  if (mentions.length > limits.mentions) {
    issues.push(
      warningIssue(
        "PUBLISH_MENTIONS",
        "description",
        `The words name ${mentions.length} accounts; ${platform} takes ${limits.mentions}.`,
        "Name fewer.",
      ),
    );
  }
  const present = new Set(own.map((each) => each.toLowerCase()));
  const made: string[] = [];
  for (const tag of words.tags) {
    const hashtag = hashtagOf(tag);
    if (hashtag === null || present.has(hashtag.toLowerCase())) continue;
    if (own.length + made.length >= limits.hashtagsMade) break;
    present.add(hashtag.toLowerCase());
    made.push(hashtag);
  }
  const ends = [words.title, made.join(" ")].filter((part) => part !== "");
  const room = limits.caption - ends.reduce((sum, part) => sum + part.length + 2, 0);
  const description = shorten(words.description, room);
  if (description !== words.description) {
    issues.push(
      warningIssue(
        "PUBLISH_TEXT_SHORTENED",
        "description",
        `The description is shortened for ${platform}, whose posts have ${limits.caption} characters.`,
        "Write a shorter one, if its end matters there.",
      ),
    );
  }
  const caption = [words.title, description, made.join(" ")].filter((part) => part !== "").join("\n\n");
  return { caption, hashtags: [...own, ...made] };
}

function checkHashtags(platform: "instagram" | "tiktok", count: number, issues: Issue[]): void {
  const { hashtags, hashtagsMade } = CAPTION_LIMITS[platform];
  if (count <= hashtagsMade) return;
  const refused = count > hashtags;
  issues.push(
    warningIssue(
      "PUBLISH_HASHTAGS",
      "description",
      `The words hold ${count} hashtags; ${platform} ${refused ? `takes ${hashtags}` : `shows at most ${hashtagsMade} in its app`}.`,
      "Keep the best ones.",
    ),
  );
}

/** At most `room` UTF-16 units, ended at a sentence where one ends in the last third, else at a word; never within a letter. */
function shorten(text: string, room: number): string {
  if (text.length <= room) return text;
  const most = Math.max(0, room - 1);
  let end = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    if (index + segment.length > most) break;
    end = index + segment.length;
  }
  const head = text.slice(0, end);
  const sentence = Math.max(
    ...[". ", "! ", "? ", "。", "！", "？", "\n"].map((mark) => head.lastIndexOf(mark)),
  );
  if (sentence > (end * 2) / 3) return head.slice(0, sentence + 1).trim();
  const word = head.lastIndexOf(" ");
  return `${(word > (end * 2) / 3 ? head.slice(0, word) : head).trim()}…`.slice(0, room);
}
