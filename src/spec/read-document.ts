import JSON5 from "json5";
import type { Document } from "yaml";
import { CST, isMap, isPair, isScalar, Lexer, parseDocument, visit } from "yaml";
import { findDuplicateKeys, lineAndColumn } from "./duplicate-keys.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, quote, warningIssue } from "./issue.ts";
import { yamlHint } from "./yaml-hint.ts";

export type DocumentFormat = "json" | "json5" | "yaml";

/** `value` means nothing when `issues` holds an error. */
export interface ReadDocument {
  readonly value: unknown;
  readonly issues: readonly Issue[];
}

/** Aliases may not multiply a small file into a big tree ("billion laughs"). */
const MAX_ALIAS_COUNT = 100;
/** A production needs six levels and metadata of its own. */
const MAX_YAML_DEPTH = 200;
/** Without spaces. The parser spends microseconds and up to a kilobyte on each; 10,000 scenes of 25 lines have as many. */
const MAX_YAML_TOKENS = 1_000_000;
/** Syntax findings beyond these follow from the first ones. */
const MAX_LISTED = 20;

/**
 * Text -> plain values. Syntax errors and keys written twice become issues whose path is `file:line:column`.
 * @param file the name to show in those paths
 */
export function readDocument(text: string, format: DocumentFormat, file: string): ReadDocument {
  try {
    return format === "yaml" ? readYaml(text, file) : readJson(text, file);
  } catch (error) {
    // Deep nesting exhausts the stack of a recursive parser; nothing else is expected to be thrown.
    const message =
      error instanceof RangeError
        ? "The file is nested too deeply."
        : `The file can't be read: ${firstLine(error)}`;
    return { value: undefined, issues: [errorIssue("SYNTAX", file, message)] };
  }
}

/** `.json` may hold comments and trailing commas, as editors' own settings files do. */
function readJson(text: string, file: string): ReadDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // JSON5 accepts all of JSON and, unlike JSON.parse, always says where it stopped.
    try {
      value = JSON5.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const { lineNumber = 1, columnNumber = 1 } = error as { lineNumber?: number; columnNumber?: number };
      const message = error.message.replace(/^JSON5: /, "").replace(/ at \d+:\d+$/, "");
      return {
        value: undefined,
        issues: [syntaxIssue(file, { line: lineNumber, column: columnNumber }, message)],
      };
    }
  }
  const issues = findDuplicateKeys(text)
    .slice(0, MAX_LISTED)
    .map(({ key, offset }) => duplicateIssue(file, text, key, offset));
  return { value, issues };
}

function readYaml(text: string, file: string): ReadDocument {
  const excess = findExcess(text);
  if (excess === "depth") throw new RangeError("nesting");
  if (excess === "tokens") {
    const message = "The file has more words and signs than a production can hold.";
    return {
      value: undefined,
      issues: [errorIssue("FILE_TOO_LARGE", file, message, "Split it into several productions.")],
    };
  }
  // Its own check of keys compares each with each: a wide map would take quadratic time.
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, stringKeys: true });
  const issues = [
    ...document.errors
      .slice(0, MAX_LISTED)
      .map((error) =>
        syntaxIssue(file, lineAndColumn(text, error.pos[0]), error.message, yamlHint(error, text)),
      ),
    ...document.warnings.slice(0, MAX_LISTED).map((warning) => {
      const { line, column } = lineAndColumn(text, warning.pos[0]);
      return warningIssue("SYNTAX", `${file}:${line}:${column}`, sentence(warning.message));
    }),
  ];
  if (document.errors.length > 0) return { value: undefined, issues };
  issues.push(...yamlDuplicates(document, text, file));
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }), issues };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    issues.push(
      errorIssue(
        "YAML_ALIASES",
        file,
        "The file's aliases would expand to more than a production can hold.",
        "Write repeated parts out, or use defaults.",
      ),
    );
    return { value: undefined, issues };
  }
}

/** The parser runs out of stack on each bracket anew, minutes for a hostile file; the lexer has no stack. */
function findExcess(text: string): "depth" | "tokens" | null {
  let tokens = 0;
  let brackets = 0;
  let indicatorsInLine = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === "flow-seq-start" || type === "flow-map-start") brackets++;
    else if (type === "flow-seq-end" || type === "flow-map-end") brackets--;
    else if (type === "newline") indicatorsInLine = 0;
    else if (type === "seq-item-ind" || type === "explicit-key-ind") indicatorsInLine++;
    if (brackets + indicatorsInLine > MAX_YAML_DEPTH) return "depth";
    if (type !== "space" && ++tokens > MAX_YAML_TOKENS) return "tokens";
  }
  return null;
}

function yamlDuplicates(document: Document, text: string, file: string): Issue[] {
  const issues: Issue[] = [];
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return;
      const seen = new Set<string>();
      for (const pair of map.items) {
        if (!isPair(pair) || !isScalar(pair.key)) continue;
        const key = String(pair.key.value);
        if (seen.has(key) && issues.length < MAX_LISTED) {
          issues.push(duplicateIssue(file, text, key, pair.key.range?.[0] ?? 0));
        }
        seen.add(key);
      }
    },
  });
  return issues;
}

function duplicateIssue(file: string, text: string, key: string, offset: number): Issue {
  const { line, column } = lineAndColumn(text, offset);
  return errorIssue(
    "KEY_DUPLICATE",
    `${file}:${line}:${column}`,
    `The key ${quote(key)} is written twice in one place.`,
    "Keep one of the two.",
  );
}

function syntaxIssue(
  file: string,
  at: { line: number; column: number },
  message: string,
  hint?: string,
): Issue {
  return errorIssue(
    "SYNTAX",
    `${file}:${at.line}:${at.column}`,
    `Line ${at.line}, column ${at.column}: ${sentence(message)}`,
    hint,
  );
}

function sentence(message: string): string {
  const line = message.split("\n")[0] ?? "";
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}${/[.!?]$/.test(line) ? "" : "."}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
