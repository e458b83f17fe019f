/** RSS, Atom, RDF or JSON feed -> its entries, newest first as the feed has them. */
import { parseFeed } from "feedsmith";
import { parseHTML } from "linkedom";
import { ReelburstError } from "../../support/errors.ts";

export interface FeedEntry {
  /** What the feed itself tells entries apart by. */
  readonly id: string;
  readonly title: string | null;
  readonly url: string | null;
  /** Plain text of what the feed carries; may be the beginning only. */
  readonly text: string;
  readonly author: string | null;
  readonly publishedAt: string | null;
}

export interface ReadFeed {
  readonly title: string | null;
  readonly entries: readonly FeedEntry[];
}

const MAX_ENTRIES = 200;

/** @throws ReelburstError SOURCE_UNREADABLE */
export function readFeed(body: string): ReadFeed {
  let feed: Loose;
  try {
    feed = parseFeed(body).feed as Loose;
  } catch (cause) {
    throw new ReelburstError("SOURCE_UNREADABLE", "This is no feed that can be read.", { cause });
  }
  const items = listOf(feed["items"] ?? feed["entries"]).slice(0, MAX_ENTRIES);
  return {
    title: textOf(feed["title"]),
    entries: items.map((item, index) => {
      const content = item["content"] as Loose | string | undefined;
      const html = firstText([
        typeof content === "object" ? content?.["encoded"] : undefined,
        typeof content === "object" ? content?.["value"] : content,
        item["content_html"],
        item["content_text"],
        item["description"],
        item["summary"],
      ]);
      const url = firstText([item["link"], item["url"], listOf(item["links"])[0]?.["href"]]);
      const title = textOf(item["title"]);
      return {
        id:
          firstText([(item["guid"] as Loose | undefined)?.["value"], item["id"]]) ||
          url ||
          title ||
          String(index),
        title: title === null ? null : plain(title).slice(0, 300),
        url: url === "" ? null : url,
        text: plain(html),
        author: authorOf(item),
        publishedAt:
          firstText([item["pubDate"], item["published"], item["date_published"], item["updated"]]) || null,
      };
    }),
  };
}

/** A third party's answer: nothing in it is relied on. */
type Loose = Readonly<Record<string, unknown>>;

function listOf(value: unknown): Loose[] {
  return Array.isArray(value)
    ? value.filter((one): one is Loose => typeof one === "object" && one !== null)
    : [];
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value.trim() === "" ? null : value.trim();
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null && "value" in value)
    return textOf((value as Loose)["value"]);
  return null;
}

function firstText(values: readonly unknown[]): string {
  for (const value of values) {
    const text = textOf(value);
    if (text !== null) return text;
  }
  return "";
}

function authorOf(item: Loose): string | null {
  const [first] = Array.isArray(item["authors"]) ? (item["authors"] as unknown[]) : [];
  const dc = item["dc"] as Loose | undefined;
  const creator = Array.isArray(dc?.["creators"]) ? (dc["creators"] as unknown[])[0] : dc?.["creator"];
  return (
    firstText([
      typeof first === "object" && first !== null ? (first as Loose)["name"] : first,
      creator,
      item["author"],
    ]).slice(0, 200) || null
  );
}

/** Paragraphs of the HTML that feeds carry, as plain text. */
function plain(html: string): string {
  if (!/[<&]/.test(html)) return html.trim();
  const { document } = parseHTML(`<html><body>${html.slice(0, 400_000)}</body></html>`);
  for (const gone of select(document, "script,style,figure,table")) gone.remove();
  for (const block of select(document, "p,div,li,h1,h2,h3,h4,blockquote,br")) block.after("\n\n");
  return (document.body.textContent ?? "")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** What is used of an element; its types come only with the DOM library. */
function select(document: { querySelectorAll(query: string): unknown }, query: string) {
  return Array.from(
    document.querySelectorAll(query) as Iterable<{ remove(): void; after(text: string): void }>,
  );
}
