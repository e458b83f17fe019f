/**
 * Publishes the JSON Schema of production files: `npm run build:schema`.
 * With `--check` it writes nothing and fails when the committed file is stale.
 */
import { readFile, writeFile } from "node:fs/promises";
import { renderJsonSchema } from "../src/spec/json-schema.ts";

const target = new URL("../src/spec/production.schema.json", import.meta.url);
const expected = renderJsonSchema();

if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== expected) {
    console.error(
      "src/spec/production.schema.json is stale: run npm run build:schema and commit the result.",
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(target, expected);
}
