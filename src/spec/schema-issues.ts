import { z } from "zod";
import { closest, didYouMean } from "./did-you-mean.ts";
import type { Issue } from "./issue.ts";
import { errorIssue, formatPath, quote } from "./issue.ts";

type ZodIssue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** An object with more unknown keys than this is something else altogether; guessing at each takes time. */
const MAX_KEYS_LISTED = 100;

/** Zod's findings in our own words, codes and paths. Needs a parse with `reportInput: true`. */
export function describeSchemaIssues(
  issues: readonly ZodIssue[],
  schema: Schema,
  at: readonly PropertyKey[] = [],
): Issue[] {
  const described = issues.flatMap((issue) => describe(issue, schema, at));
  if (!described.some(({ code }) => code === "REQUIRED")) return described;
  const misspelt = new Set(issues.flatMap((issue) => meantKeys(issue, schema, at)));
  return described.filter(({ code, path }) => code !== "REQUIRED" || !misspelt.has(path));
}

/** Where the keys stand that unknown ones were meant for: a slip is one mistake, not also a missing key. */
function meantKeys(issue: ZodIssue, root: Schema, at: readonly PropertyKey[]): string[] {
  if (issue.code !== "unrecognized_keys") return [];
  const known = knownKeys(descend(root, issue.path));
  return issue.keys.slice(0, MAX_KEYS_LISTED).flatMap((key) => {
    const meant = closest(key, known);
    return meant === null ? [] : [formatPath([...at, ...issue.path, meant])];
  });
}

function describe(issue: ZodIssue, root: Schema, at: readonly PropertyKey[]): Issue[] {
  const segments = [...at, ...issue.path];
  const path = formatPath(segments);
  switch (issue.code) {
    case "unrecognized_keys": {
      const owner = descend(root, issue.path);
      if (definition(owner).options !== undefined) return describeForms(issue.input, owner, segments);
      const known = knownKeys(owner);
      return [
        ...issue.keys.slice(0, MAX_KEYS_LISTED).map((key) => unknownKey(key, segments, known)),
        ...unlistedKeys(issue.keys, path),
      ];
    }
    case "invalid_union":
      return describeUnion(issue, descend(root, issue.path), segments);
    case "invalid_type":
      return issue.input === undefined
        ? [errorIssue("REQUIRED", path, `${quote(segments.at(-1) ?? "production")} is missing.`)]
        : [
            errorIssue(
              "INVALID_TYPE",
              path,
              `Expected ${nameType(issue.expected)}, found ${nameValue(issue.input)}.`,
            ),
          ];
    case "invalid_value": {
      const choices = issue.values.map(String);
      const found = issue.input === undefined ? "nothing" : nameValue(issue.input);
      const hint = typeof issue.input === "string" ? didYouMean(issue.input, choices) : undefined;
      return [errorIssue("INVALID_VALUE", path, `Expected ${listChoices(choices)}, found ${found}.`, hint)];
    }
    case "too_small":
      return [
        errorIssue(
          "OUT_OF_RANGE",
          path,
          limitMessage(
            issue.origin,
            issue.inclusive === false ? "above" : "at least",
            issue.minimum,
            issue.input,
          ),
        ),
      ];
    case "too_big":
      return [
        errorIssue(
          "OUT_OF_RANGE",
          path,
          limitMessage(
            issue.origin,
            issue.inclusive === false ? "below" : "at most",
            issue.maximum,
            issue.input,
          ),
        ),
      ];
    case "custom": {
      const params = (issue.params ?? {}) as { code?: string; hint?: string };
      const message = withFound(issue.message, issue.input);
      return [errorIssue(params.code ?? "INVALID_VALUE", path, message, params.hint)];
    }
    default:
      return [errorIssue("INVALID_VALUE", path, withFound(issue.message, issue.input))];
  }
}

function unknownKey(key: string, segments: readonly PropertyKey[], known: readonly string[]): Issue {
  const hint = didYouMean(key, known) ?? `Known here: ${known.join(", ")}.`;
  return errorIssue(
    "UNKNOWN_KEY",
    formatPath([...segments, key]),
    `There is no setting ${quote(key)} here.`,
    hint,
  );
}

function unlistedKeys(keys: readonly string[], path: string): Issue[] {
  const count = keys.length - MAX_KEYS_LISTED;
  return count <= 0 ? [] : [errorIssue("UNKNOWN_KEY", path, `${count} more settings here are unknown.`)];
}

/** A union with a message of its own says what it expects; of the others, the form that was meant does. */
function describeUnion(
  issue: Extract<ZodIssue, { code: "invalid_union" }>,
  union: Schema | undefined,
  segments: PropertyKey[],
): Issue[] {
  const path = formatPath(segments);
  if (issue.input === undefined)
    return [errorIssue("REQUIRED", path, `${quote(segments.at(-1) ?? "production")} is missing.`)];
  if (issue.message !== "Invalid input")
    return [errorIssue("INVALID_VALUE", path, withFound(issue.message, issue.input))];
  return describeForms(issue.input, union, segments);
}

/**
 * Which form did the user mean? One whose outer type fits what was written, then the one that knows most of
 * the keys, then the one least wrong.
 *
 * Zod reports a union's only form without a type error as if it were the union; which form that is depends on
 * the kinds of mistakes in the others. So every form is tried again here, and all are weighed alike.
 */
function describeForms(input: unknown, union: Schema | undefined, segments: PropertyKey[]): Issue[] {
  const path = formatPath(segments);
  const forms = (definition(union).options ?? []).map((schema) => ({
    schema,
    errors: z.core.safeParse(schema, input, { reportInput: true }).error?.issues ?? [],
  }));
  const fitting = forms.filter(({ errors }) => !errors.some(isOuterTypeMismatch(input)));
  const best = fitting.toSorted(
    (a, b) => unknownKeys(a.errors) - unknownKeys(b.errors) || a.errors.length - b.errors.length,
  )[0];
  if (best !== undefined) return describeSchemaIssues(best.errors, best.schema, segments);
  const types = [
    ...new Set(
      forms.flatMap(({ errors }) =>
        errors.map((error) =>
          error.code === "invalid_type" ? nameType(error.expected) : "one of the names in the guide",
        ),
      ),
    ),
  ];
  return [errorIssue("INVALID_TYPE", path, `Expected ${types.join(" or ")}, found ${nameValue(input)}.`)];
}

function isOuterTypeMismatch(input: unknown): (error: ZodIssue) => boolean {
  return (error) =>
    error.path.length === 0 &&
    (error.code === "invalid_type" || (error.code === "invalid_value" && typeof input !== "string"));
}

function unknownKeys(errors: readonly ZodIssue[]): number {
  return errors.reduce(
    (count, error) => count + (error.code === "unrecognized_keys" ? error.keys.length : 0),
    0,
  );
}

interface Definition {
  readonly innerType?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly options?: readonly Schema[];
}

function definition(schema: Schema | undefined): Definition {
  return (schema?._zod.def ?? {}) as Definition;
}

function unwrap(schema: Schema | undefined): Schema | undefined {
  let current = schema;
  for (let inner = definition(current).innerType; inner !== undefined; inner = definition(current).innerType)
    current = inner;
  return current;
}

function descend(root: Schema, path: readonly PropertyKey[]): Schema | undefined {
  let current = unwrap(root);
  for (const segment of path) {
    const { shape, element, options } = definition(current);
    const owner = options?.find(
      (option) => definition(unwrap(option)).shape?.[String(segment)] !== undefined,
    );
    current = unwrap(
      typeof segment === "number" ? element : (shape ?? definition(unwrap(owner)).shape)?.[String(segment)],
    );
  }
  return current;
}

function knownKeys(schema: Schema | undefined): string[] {
  return Object.keys(definition(schema).shape ?? {}).filter((key) => key !== "$schema");
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  tuple: "a list",
  record: "an object",
  null: "nothing (null)",
};

function nameType(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

function nameValue(value: unknown): string {
  if (value === null) return "nothing (null)";
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "an object";
  return quote(value).slice(1, -1);
}

/** Messages that stand in the schema say what is expected; what was written is known here only. */
function withFound(message: string, input: unknown): string {
  if (!message.startsWith("Expected ") || input === undefined) return message;
  return `${message.replace(/\.$/, "")}; found ${nameValue(input)}.`;
}

function listChoices(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join("") : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}

function limitMessage(origin: string, relation: string, limit: number | bigint, input: unknown): string {
  if (origin === "string")
    return limit === 1 ? "The text is empty." : `Expected ${relation} ${limit} characters.`;
  if (origin === "array") return `Expected ${relation} ${limit} ${limit === 1 ? "entry" : "entries"}.`;
  return `Expected a value ${relation} ${limit}, found ${nameValue(input)}.`;
}
