import type { Issue } from "./issue.ts";
import { hasErrors, warningIssue } from "./issue.ts";
import type { Production } from "./production.ts";
import type { ReadableInput } from "./resolve.ts";
import { resolveProduction } from "./resolve.ts";
import { productionInput } from "./schema.ts";
import { describeSchemaIssues } from "./schema-issues.ts";
import type { SceneInput } from "./schema-scene.ts";
import { sceneInput } from "./schema-scene.ts";
import type { ParseContext } from "./source-path.ts";

export interface ParseResult {
  /** Null exactly when `issues` holds an error. */
  readonly production: Production | null;
  /** Everything found, not only the first: errors first, then warnings. */
  readonly issues: readonly Issue[];
}

/** A document wrong in more places than this is not a production; listing more helps nobody. */
export const MAX_ISSUES = 1000;

/**
 * Unknown input -> a production with every default filled in, or all that is wrong with it. Reads no files.
 * Cross-field checks also run over the readable parts of a document that the schema refuses.
 */
export function parseProduction(input: unknown, context: ParseContext): ParseResult {
  const parsed = productionInput.safeParse(input, { reportInput: true });
  if (parsed.success) {
    const { production, issues } = resolveProduction(parsed.data, context);
    return parseResult(production, issues);
  }
  const issues = describeSchemaIssues(parsed.error.issues, productionInput);
  const readable = readableParts(input);
  if (readable !== null) issues.push(...resolveProduction(readable, context).issues);
  return parseResult(null, issues);
}

/** Puts issues in order and withholds a production that has errors. */
export function parseResult(production: Production | null, issues: readonly Issue[]): ParseResult {
  const unique = uniqueIssues(issues);
  const ordered = [
    ...unique.filter((issue) => issue.severity === "error"),
    ...unique.filter((issue) => issue.severity === "warning"),
  ];
  const rest = ordered.length - MAX_ISSUES;
  const listed =
    rest <= 0
      ? ordered
      : [
          ...ordered.slice(0, MAX_ISSUES),
          warningIssue("ISSUES_TRUNCATED", "$", `${rest} more findings are not listed.`),
        ];
  return { production: hasErrors(listed) ? null : production, issues: listed };
}

function readableParts(input: unknown): ReadableInput | null {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return null;
  const { shape } = productionInput;
  const part = <K extends keyof typeof shape>(key: K) => {
    const result = shape[key].safeParse((input as Record<string, unknown>)[key]);
    return result.success ? { readable: true, data: result.data } : { readable: false, data: undefined };
  };
  const defaults = part("defaults");
  const rawScenes = (input as Record<string, unknown>).scenes;
  // What a scene lacks may stand in the unreadable defaults: saying so then would be a guess.
  const scenes = defaults.readable && Array.isArray(rawScenes) ? rawScenes.map(readableScene) : [];
  return {
    defaults: defaults.data as ReadableInput["defaults"],
    output: part("output").data as ReadableInput["output"],
    soundtrack: part("soundtrack").data as ReadableInput["soundtrack"],
    watermark: part("watermark").data as ReadableInput["watermark"],
    scenes,
    ...(Array.isArray(rawScenes) ? { sceneIds: rawScenes.map(sceneId) } : {}),
  };
}

function readableScene(input: unknown): SceneInput | null {
  const result = sceneInput.safeParse(input);
  return result.success ? result.data : null;
}

function sceneId(scene: unknown): { id: string } | null {
  const id: unknown =
    typeof scene === "object" && scene !== null ? (scene as { id?: unknown }).id : undefined;
  return typeof id === "string" ? { id } : null;
}

/** What stands in `defaults` is met again in every scene, and a union's mistake in every form. */
function uniqueIssues(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ code, path, message }) => {
    const key = `${code} ${path} ${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
