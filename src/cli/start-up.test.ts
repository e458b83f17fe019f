import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { compileCacheFolder, readConfig } from "../config.ts";

/** Files that `main.ts` loads before any command is chosen; type imports load nothing. */
async function loadedAtStart(): Promise<Set<string>> {
  const seen = new Set<string>();
  const pending = [new URL("./main.ts", import.meta.url).href];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!file.endsWith(".ts")) continue;
    const text = await readFile(new URL(file), "utf8");
    for (const [, specifier = ""] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm)) {
      if (specifier.startsWith(".")) pending.push(new URL(specifier, file).href);
      else seen.add(specifier);
    }
  }
  return seen;
}

test("help and usage errors load neither the renderer nor the parser of productions", async () => {
  const loaded = [...(await loadedAtStart())];
  expect(loaded).toContain("commander");
  expect(loaded.some((file) => file.endsWith("/cli/program.ts"))).toBe(true);
  expect(
    loaded.filter((file) =>
      /\/src\/(?:app\.ts|spec\/|render\/|produce\/)|zod|yaml|modelcontextprotocol/.test(file),
    ),
  ).toEqual([]);
});

test.each([
  [{ REELBURST_CACHE_DIR: "/somewhere/else", XDG_CACHE_HOME: "/unused" }],
  [{ REELBURST_CACHE_DIR: "", XDG_CACHE_HOME: "/xdg" }],
  [{ REELBURST_CACHE_DIR: "below/here" }],
  [{}],
])("the launcher and the configuration name the same compile cache (%j)", async (env: NodeJS.ProcessEnv) => {
  // Plain JavaScript, without types.
  const { compileFolder } = await import(new URL("../../bin/compile-folder.js", import.meta.url).href);
  expect(compileFolder(env)).toBe(compileCacheFolder(readConfig(env)));
});
