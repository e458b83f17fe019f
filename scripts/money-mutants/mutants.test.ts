import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it.each(MUTANTS)("$name still finds its place and its test", ({ file, find, test }) => {
  expect(readFileSync(path.join(root, file), "utf8").split(find)).toHaveLength(2);
  expect(readFileSync(path.join(root, test[0]), "utf8")).toContain(test[1]);
});
