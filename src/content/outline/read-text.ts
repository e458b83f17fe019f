/** Markdown or plain text -> blocks. Nothing of its markup is left in them. */

import { marked, type Token, type Tokens } from "marked";
import { ReelburstError } from "../../support/errors.ts";

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "prose"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "quote"; readonly text: string; readonly attribution: string | null }
  /** A line of a dialogue. */
  | { readonly kind: "turn"; readonly speaker: string; readonly text: string };

export interface ReadText {
  readonly title: string | null;
  readonly subtitle: string | null;
  readonly author: string | null;
  readonly blocks: readonly Block[];
  /** What no voice can read: tables, code, pictures. */
  readonly leftOut: Readonly<Record<string, number>>;
}

const FRONT_MATTER = /^---\r?\n([\s\S]{0,8000}?)\r?\n---\r?\n/;
const MAX_DEPTH = 20;
/** A break that the author asked for; other ends of lines are the editor's. */
const HARD_BREAK = "\u2028";

export function readText(source: string): ReadText {
  const leftOut: Record<string, number> = {};
  const front = FRONT_MATTER.exec(source);
  const body = front === null ? source : source.slice(front[0].length);
  const blocks: Block[] = [];
  let title = frontField(front, "title");
  const omit = (what: string): void => {
    leftOut[what] = (leftOut[what] ?? 0) + 1;
  };
  const visit = (tokens: readonly Token[], depth: number): void => {
    if (depth > MAX_DEPTH) return;
    for (const token of tokens) {
      switch (token.type) {
        case "heading": {
          const { depth: level, text } = token as Tokens.Heading & { text: string };
          const plain = plainText((token as Tokens.Heading).tokens, text, omit);
          if (plain === "") break;
          // The first of the highest level names the film; a text has one title.
          if (title === null && level === 1 && !blocks.some(({ kind }) => kind === "heading")) title = plain;
          else if (plain !== title) blocks.push({ kind: "heading", level, text: plain });
          break;
        }
        case "paragraph":
        case "text": {
          const plain = plainText((token as Tokens.Paragraph).tokens, token.raw, omit);
          if (plain !== "") blocks.push(turnOf(plain) ?? { kind: "prose", text: plain });
          break;
        }
        case "list": {
          const items = (token as Tokens.List).items
            .map((item) => plainText(item.tokens, item.text, omit))
            .filter((item) => item !== "");
          if (items.length > 0) blocks.push({ kind: "list", items });
          break;
        }
        case "blockquote": {
          const { tokens: inner = [] } = token as Tokens.Blockquote;
          const paragraphs = inner
            .map((part) => plainText("tokens" in part ? part.tokens : undefined, part.raw, omit))
            .filter((part) => part !== "");
          const quote = quoteOf(paragraphs.join("\n"));
          if (quote.text !== "") blocks.push(quote);
          break;
        }
        case "code":
          omit("code");
          break;
        case "table":
          omit("tables");
          break;
      }
    }
  };
  visit(tokensOf(body), 0);
  return {
    title,
    subtitle: frontField(front, "description") ?? frontField(front, "subtitle"),
    author: frontField(front, "author"),
    blocks,
    leftOut,
  };
}

/** @throws ReelburstError SOURCE_UNREADABLE */
function tokensOf(body: string): Token[] {
  try {
    // The lexer calls itself for each level; nobody quotes a quote of quotes nine times.
    return marked.lexer(body.replace(/^((?:[ \t]*>){8})(?:[ \t]*>)+/gm, "$1"), { gfm: true });
  } catch (cause) {
    throw new ReelburstError("SOURCE_UNREADABLE", "The text's Markdown is nested too deeply to be read.", {
      cause,
    });
  }
}

function frontField(front: RegExpExecArray | null, name: string): string | null {
  const found = front?.[1]?.match(new RegExp(`^${name}:[ \\t]*(.+)$`, "m"))?.[1]?.trim() ?? "";
  return found.replace(/^(["'])(.*)\1$/, "$2").trim() || null;
}

function plainText(tokens: readonly Token[] | undefined, raw: string, omit: (what: string) => void): string {
  const write = (list: readonly Token[], depth: number): string =>
    depth > MAX_DEPTH
      ? ""
      : list
          .map((token) => {
            switch (token.type) {
              case "image":
                omit("pictures");
                return "";
              case "html":
                return "";
              case "br":
                return HARD_BREAK;
              case "code":
                omit("code");
                return "";
              case "list":
                return ` ${(token as Tokens.List).items.map((item) => write(item.tokens, depth + 1)).join(" ")}`;
              default:
                return "tokens" in token && token.tokens !== undefined && token.tokens.length > 0
                  ? write(token.tokens, depth + 1)
                  : "text" in token && typeof token.text === "string"
                    ? token.text
                    : "";
            }
          })
          .join("");
  return tidy(tokens === undefined ? raw : write(tokens, 0));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  rsquo: "’",
  lsquo: "‘",
  rdquo: "”",
  ldquo: "“",
};

/** One space where there was any; no footnote marks, addresses or pictographs, which nobody reads aloud. */
function tidy(text: string): string {
  return (
    text
      .replace(/&(#x?[0-9a-fA-F]{1,6}|[a-z]{2,8});/g, (whole, name: string) => {
        if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
        const code =
          name[1] === "x" ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
        return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000)
          ? String.fromCodePoint(code)
          : "";
      })
      .replace(/\[\^[^\]]{1,40}\]|\[\d{1,3}\]/g, "")
      .replace(/<?https?:\/\/[^\s>]+>?/g, "")
      .replace(/\p{Extended_Pictographic}|\u200d|\ufe0f/gu, (mark) => (/[©®™]/.test(mark) ? mark : ""))
      // Between wide characters a line of source ends without a blank.
      .replace(
        /(?<=[\p{sc=Han}\p{sc=Kana}\p{sc=Hira}。，、；：])\n(?=[\p{sc=Han}\p{sc=Kana}\p{sc=Hira}])/gu,
        "",
      )
      .replace(/[\p{Cc}\p{Cf}]/gu, " ")
      .replaceAll(HARD_BREAK, "\n")
      .replace(/[^\S\n]+/g, " ")
      .replace(/ ?\n ?/g, "\n")
      .replace(/ ([.,;:!?])/g, "$1")
      .trim()
  );
}

/** `Anna: Good morning.` A colon after a short name that begins with a capital, and words behind it. */
function turnOf(text: string): Block | null {
  const match = /^(\p{Lu}[\p{L}\p{N} .'’-]{0,24}|[\p{sc=Han}]{1,6})\s?[:：]\s*(?=\S)([\s\S]+)$/u.exec(text);
  if (match === null) return null;
  const [, speaker = "", words = ""] = match;
  return speaker.trim().split(" ").length > 3
    ? null
    : { kind: "turn", speaker: speaker.trim(), text: words.replaceAll("\n", " ") };
}

/** A last line such as `— John Muir` says who spoke. */
function quoteOf(text: string): Extract<Block, { kind: "quote" }> {
  const match = /^([\s\S]*?)\n?\s*[—–―-]{1,2}\s*([^\n—–]{2,80})$/u.exec(text);
  const isNamed =
    match !== null &&
    match[1] !== "" &&
    /\n|[.!?”"’。！？]\s*$/u.test((match[1] ?? "") + (text.includes("\n") ? "\n" : ""));
  const words = (isNamed ? (match?.[1] ?? text) : text).replaceAll("\n", " ").trim();
  return {
    kind: "quote",
    text: words.replace(/^["“«„]([\s\S]*)["”»“]$/u, "$1"),
    attribution: isNamed ? (match?.[2] ?? "").trim() : null,
  };
}
