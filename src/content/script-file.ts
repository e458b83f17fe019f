/** The script as a file of the user's: written with words about itself, read with every mistake named. */
import { Document } from "yaml";
import type { Issue } from "../spec/issue.ts";
import { readDocument } from "../spec/read-document.ts";
import { describeSchemaIssues } from "../spec/schema-issues.ts";
import { type Script, scriptFile } from "./script.ts";

const HEAD = ` The script of a film. Change what you like: words, order, voices, prompts, cards; then go on with
   npx reelburst make SCRIPT
 What is said decides how long each segment lasts. Voices: the provider's own names, or null for its choice.
 Card layouts: title, section, statement, quote, list, figure, end.`;

/** @param shownPath how the user will name the file in the next command */
export function scriptText(script: Script, shownPath: string): string {
  const document = new Document({
    ...script,
    segments: script.segments.map(({ card, ...segment }) => ({
      ...given(segment),
      ...(card === null ? {} : { card: given(card) }),
    })),
  });
  document.commentBefore = HEAD.replace("SCRIPT", oneLine(shownPath));
  return document.toString({ lineWidth: 100 });
}

/** Without what says nothing. */
function given(values: object): object {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

/** True for a file that says of itself that it is a script. */
export function looksLikeScript(text: string): boolean {
  return /^script:\s*\d/m.test(text.slice(0, 20_000));
}

export type ScriptReading =
  | { readonly script: Script; readonly issues: readonly [] }
  | { readonly script: null; readonly issues: readonly Issue[] };

export function parseScript(text: string, name: string): ScriptReading {
  const document = readDocument(text, "yaml", name);
  const errors = document.issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return { script: null, issues: errors };
  const parsed = scriptFile.safeParse(document.value, { reportInput: true });
  if (parsed.success) return { script: parsed.data, issues: [] };
  return { script: null, issues: describeSchemaIssues(parsed.error.issues, scriptFile) };
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
