/** Holds every import of the project against `import-rules.ts`: `node scripts/check-imports.ts`. */
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { IMPORT_RULES, type ImportRule } from "./import-rules.ts";

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** `import type` or `export type`: gone when the program runs. */
  readonly typeOnly: boolean;
}

export interface ModuleImports {
  /** Relative to the root, with `/`. */
  readonly file: string;
  readonly imports: readonly Import[];
}

export interface Violation {
  readonly file: string;
  readonly target: string;
  readonly rule: ImportRule;
}

/*
 * Statements begin their line, as the formatter puts them; TypeScript 7 has no parser API to ask instead.
 * Between the keyword and `from` stand names, braces, commas and stars only, so no string is mistaken for one.
 */
const FROM = /^[ \t]*(?:import|export)\s+(type\s+)?[\w$*\s{},]*?\bfrom\s*["']([^"'\n]+)["']/gm;
const BARE = /^[ \t]*import\s*["']([^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']/g;

/** The imports of one module's text. */
export function readImports(source: string): Import[] {
  const code = source.replace(/^[ \t]*\/\/.*$/gm, "").replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, "");
  return [
    ...[...code.matchAll(FROM)].map(([, type, specifier = ""]) => ({
      specifier,
      typeOnly: type !== undefined,
    })),
    ...[...code.matchAll(BARE)].map(([, specifier = ""]) => ({ specifier, typeOnly: false })),
    ...[...code.matchAll(DYNAMIC)].map(([, specifier = ""]) => ({ specifier, typeOnly: false })),
  ];
}

/** Pure: the same modules and rules give the same violations. */
export function findViolations(
  modules: readonly ModuleImports[],
  rules: readonly ImportRule[] = IMPORT_RULES,
): Violation[] {
  return modules.flatMap(({ file, imports }) =>
    rules
      .filter((rule) => matches(file, rule.importers) && !matches(file, rule.except ?? []))
      .flatMap((rule) =>
        imports
          .filter(({ typeOnly }) => !(typeOnly && rule.typesAllowed))
          .map(({ specifier }) => targetOf(file, specifier))
          .filter((target) => matches(target, rule.forbidden) && !matches(target, rule.allowed ?? []))
          .map((target) => ({ file, target, rule })),
      ),
  );
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
}

function matches(name: string, globs: readonly string[]): boolean {
  return globs.some((pattern) => path.posix.matchesGlob(name, pattern));
}

async function readModules(root: string): Promise<ModuleImports[]> {
  const modules: ModuleImports[] = [];
  for await (const file of glob("{src,bin,bench,examples,scripts,test,console}/**/*.{ts,tsx,js}", {
    cwd: root,
  })) {
    const source = await readFile(path.join(root, file), "utf8");
    modules.push({ file: file.split(path.sep).join("/"), imports: readImports(source) });
  }
  return modules;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const modules = await readModules(root);
  const violations = findViolations(modules);
  for (const { file, target, rule } of violations) {
    process.stderr.write(`${file} imports ${target}: ${rule.because} (${rule.name})\n`);
  }
  if (modules.length === 0) process.stderr.write("no modules found\n");
  if (violations.length > 0 || modules.length === 0) process.exitCode = 1;
}
