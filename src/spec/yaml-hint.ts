import type { YAMLParseError } from "yaml";

type YamlError = Pick<YAMLParseError, "code" | "message" | "pos">;

const QUOTE_COLON = 'A text with ": " inside must stand in quotes: title: "Bread: a film".';
const QUOTE_TEXT = "Put the whole text in quotes. Inside single quotes, write a single quote twice.";
const ALIGN =
  "Check the indentation: the settings of one object, and the - of one list, begin in one column.";

/** Enough of a line to find its colon in; a hostile file may be one line. */
const MAX_LINE = 10_000;

/** By the parser's own code; a hint that depends on where or how is a function. */
const HINTS: Readonly<
  Partial<Record<YAMLParseError["code"], string | ((error: YamlError, text: string) => string | undefined)>>
> = {
  // The value looks like a key: by a colon of its own, or by the line below it, indented as its child.
  BLOCK_AS_IMPLICIT_KEY: ({ pos }, text) =>
    /:(?:\s|$)/.test(restOfLine(text, pos[0])) ? QUOTE_COLON : ALIGN,
  BLOCK_IN_FLOW: QUOTE_COLON,
  TAB_AS_INDENT: "Indent with spaces; YAML takes no tabs.",
  BAD_INDENT: ({ message }) =>
    message.startsWith("Flow ") ? "Close the bracket that is open above." : ALIGN,
  MISSING_CHAR: ({ message }) => {
    if (message.includes("quote")) return "Close the quotes that are open above.";
    return message.startsWith("Sequence item") ? ALIGN : undefined;
  },
  MULTILINE_IMPLICIT_KEY:
    "Every setting is written key: value, with a colon and a space after it. Check the indentation too.",
  BAD_SCALAR_START: QUOTE_TEXT,
  UNEXPECTED_TOKEN: QUOTE_TEXT,
  MULTIPLE_DOCS: "Keep one production in the file; remove the line ---.",
};

/** What to do about a YAML syntax error whose own message speaks of the grammar; undefined for rare ones. */
export function yamlHint(error: YamlError, text: string): string | undefined {
  const hint = HINTS[error.code];
  return typeof hint === "function" ? hint(error, text) : hint;
}

function restOfLine(text: string, offset: number): string {
  const line = text.slice(offset, offset + MAX_LINE);
  const end = line.search(/[\r\n]/);
  return end < 0 ? line : line.slice(0, end);
}
