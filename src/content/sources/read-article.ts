/** A page -> the article in it, as Markdown of the few kinds of block that a film knows. */
import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";

export interface ReadArticle {
  readonly title: string | null;
  readonly author: string | null;
  readonly site: string | null;
  readonly publishedAt: string | null;
  readonly markdown: string;
}

const MAX_ELEMENTS = 60_000;
const MAX_DEPTH = 200;

/** Null when there is no article in it. */
export function readArticle(html: string, url: string): ReadArticle | null {
  // Counted before anything is built of them: deep nesting costs the parser the square of it.
  if ((html.match(/</g)?.length ?? 0) > 2 * MAX_ELEMENTS) return null;
  const { document } = parseHTML(html);
  const article = new Readability(document as never, {
    maxElemsToParse: MAX_ELEMENTS,
    keepClasses: false,
  }).parse();
  if (article === null || typeof article.content !== "string") return null;
  const { document: content } = parseHTML(`<html><body>${article.content}</body></html>`);
  const markdown = markdownOf(content.body as unknown as Element_, 0)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if (markdown === "") return null;
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, "") : null;
  return {
    title: short(article.title),
    author: short(article.byline)?.replace(/^by\s+/i, "") ?? null,
    site: short(article.siteName) ?? host,
    publishedAt: short(article.publishedTime),
    markdown,
  };
}

/** What is used of a DOM; its types come only with the DOM library. */
interface Element_ {
  readonly nodeType: number;
  readonly tagName?: string;
  readonly textContent: string | null;
  readonly childNodes: ArrayLike<Element_>;
}

const SKIPPED = new Set([
  "SCRIPT",
  "STYLE",
  "TABLE",
  "FIGURE",
  "PRE",
  "IMG",
  "SVG",
  "FORM",
  "BUTTON",
  "ASIDE",
  "NAV",
]);

function markdownOf(node: Element_, depth: number): string {
  if (depth > MAX_DEPTH) return "";
  let out = "";
  for (const child of Array.from(node.childNodes)) {
    if (child.nodeType === 3) {
      out += escaped(child.textContent ?? "");
      continue;
    }
    if (child.nodeType !== 1) continue;
    const tag = (child.tagName ?? "").toUpperCase();
    if (SKIPPED.has(tag)) continue;
    if (/^H[1-6]$/.test(tag)) out += `\n\n## ${escaped(child.textContent ?? "")}\n\n`;
    else if (tag === "BR") out += " ";
    else if (tag === "LI") out += `\n- ${inline(child)}`;
    else if (tag === "UL" || tag === "OL") out += `\n\n${markdownOf(child, depth + 1)}\n\n`;
    else if (tag === "BLOCKQUOTE") out += `\n\n> ${inline(child)}\n\n`;
    else if (tag === "P" || tag === "DIV" || tag === "SECTION" || tag === "ARTICLE")
      out += `\n\n${markdownOf(child, depth + 1)}\n\n`;
    else out += markdownOf(child, depth + 1);
  }
  return out;
}

function inline(node: Element_): string {
  return escaped(node.textContent ?? "").trim();
}

/** Text of the page is text here too: its stars and brackets are no markup. */
function escaped(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|~]/g, "\\$&");
}

function short(text: string | null | undefined): string | null {
  const line = (text ?? "").replace(/\s+/g, " ").trim().slice(0, 500);
  return line === "" ? null : line;
}
