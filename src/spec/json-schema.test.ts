import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { productionJsonSchema, renderJsonSchema } from "./json-schema.ts";

type Node = Record<string, unknown>;

/** Every schema object in the tree with its path; `default` values are data, not schemas. */
function* nodes(node: unknown, path = "$"): Generator<[string, Node]> {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) yield [path, node as Node];
  for (const [key, child] of Object.entries(node))
    if (key !== "default") yield* nodes(child, `${path}.${key}`);
}

const all = [...nodes(productionJsonSchema())];

it("is the committed file", async () => {
  expect(await readFile(new URL("./production.schema.json", import.meta.url), "utf8")).toBe(
    renderJsonSchema(),
  );
});

it("refuses unknown keys in every object but metadata", () => {
  const open = all
    .filter(([, node]) => node.type === "object" && node.additionalProperties !== false)
    .map(([path]) => path);
  expect(open).toEqual(["$.properties.metadata"]);
  expect(all.filter(([, node]) => node.type === "object").length).toBeGreaterThan(15);
});

it("titles and describes every field", () => {
  const fields = all.filter(([path]) => /\.properties\.[^.]+$/.test(path));
  expect(fields.length).toBeGreaterThan(60);
  expect(
    fields.filter(([, node]) => typeof node.title !== "string" || typeof node.description !== "string"),
  ).toEqual([]);
});

it("shows the defaults that the parser uses", () => {
  const byPath = new Map(all);
  expect(byPath.get("$.properties.output.properties.loudness")?.default).toBe(-14);
  expect(byPath.get("$.properties.scenes.items.properties.duration")?.default).toBe("auto");
  expect(byPath.get("$.properties.scenes")).toMatchObject({ minItems: 1, maxItems: 10_000 });
});
