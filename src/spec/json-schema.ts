import { z } from "zod";
import { productionInput } from "./schema.ts";

type JsonSchema = { [key: string]: unknown };

/** Draft 7, because that is what editors' YAML and JSON support understands best. */
export function productionJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(productionInput, {
    io: "input",
    target: "draft-7",
    reused: "inline",
  }) as JsonSchema;
  addTitles(schema);
  return schema;
}

/** What stands in `production.schema.json`. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(productionJsonSchema(), null, 2)}\n`;
}

/** Editors show a title beside each field: its name in words, unless it has one already. */
function addTitles(node: unknown): void {
  if (typeof node !== "object" || node === null) return;
  const properties = (node as JsonSchema).properties;
  if (typeof properties === "object" && properties !== null) {
    for (const [key, property] of Object.entries(properties)) (property as JsonSchema).title ??= inWords(key);
  }
  for (const [key, child] of Object.entries(node)) if (key !== "default") addTitles(child);
}

/** `boxOpacity` -> `Box opacity` */
function inWords(key: string): string {
  const words = key.replace(/^\$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
