/** The documentation is held against the program: links, examples, commands, codes, settings. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { EXIT_CODES } from "../src/cli/exit-codes.ts";
import { runCli } from "../src/cli/program.ts";
import { fakeContext } from "../src/cli/testing/fake-context.ts";
import { renderJsonSchema } from "../src/spec/json-schema.ts";
import { parseProduction } from "../src/spec/parse.ts";
import { readDocument } from "../src/spec/read-document.ts";
import { codesInSource } from "./fixtures/error-codes.ts";
import { anchorsOf, fencedBlocks, linksOf } from "./fixtures/markdown.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const pages = globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], { cwd: root })
  .map((file) => file.split(path.sep).join("/"))
  .toSorted();
const COMMANDS = [
  "init",
  "validate",
  "plan",
  "render",
  "make",
  "topics",
  "batch",
  "join",
  "publish",
  "serve",
  "status",
  "logs",
  "cancel",
  "retry",
  "mcp",
  "backup",
  "restore",
  "worker",
  "agent",
  "fleet",
  "cost",
  "doctor",
];

/** Command -> its help; the empty name is the program's own. */
const help = new Map<string, string>();

beforeAll(async () => {
  for (const command of ["", ...COMMANDS]) {
    const context = fakeContext(root);
    await runCli(command === "" ? ["--help"] : [command, "--help"], context);
    help.set(command, context.stdout.text);
  }
});

function flagsOf(text: string): string[] {
  return [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [])];
}

describe("links", () => {
  it.each(pages)("of %s lead somewhere", (page) => {
    const broken = linksOf(read(page))
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [target = "", anchor] = link.split("#");
        const file = target === "" ? page : path.posix.join(path.posix.dirname(page), target);
        const exists = globSync(file, { cwd: root }).length === 1;
        return !exists || (anchor !== undefined && !anchorsOf(read(file)).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  it("of the README reach every page of the guide", () => {
    const reached = linksOf(read("README.md")).map((link) => link.split("#")[0]);
    expect(reached).toEqual(expect.arrayContaining(pages.filter((page) => page.startsWith("docs/guide/"))));
  });
});

describe("examples", () => {
  const examples = pages.flatMap((page) =>
    fencedBlocks(read(page), "yaml").map((text, index) => ({ name: `${page} #${index + 1}`, text })),
  );

  it("are there", () => expect(examples.length).toBeGreaterThan(5));

  it.each(examples)("$name is a production", ({ text }) => {
    const document = readDocument(text, "yaml", "example.yaml");
    const { issues } = parseProduction(document.value, { baseDirectory: root, allowUrls: true });
    expect([...document.issues, ...issues]).toEqual([]);
  });

  it("use every setting there is, in the page about them", () => {
    const page = read("docs/guide/production-file.md");
    const missing = settingsOf(JSON.parse(renderJsonSchema())).filter(
      (name) => !new RegExp(`(?<![\\w$])${name.replace("$", "\\$")}(?!\\w)`).test(page),
    );
    expect(missing).toEqual([]);
  });
});

/** Every property name in a JSON Schema. */
function settingsOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const names = Object.entries(schema).flatMap(([key, value]) => [
    ...(key === "properties" ? Object.keys(value as object) : []),
    ...settingsOf(value),
  ]);
  return [...new Set(names)];
}

describe("commands", () => {
  const mentions = pages.flatMap((page) =>
    [...read(page).matchAll(/npx reelburst ([^\n`)|]*)/g)].map(([, words = ""]) => ({
      page,
      words: words.trim(),
    })),
  );

  it("are mentioned", () => expect(mentions.length).toBeGreaterThan(10));

  it.each(mentions)("npx reelburst $words ($page) is in the help", ({ words }) => {
    const command = words.split(/\s+/)[0] ?? "";
    if (!command.startsWith("-") && !command.startsWith("<")) expect(COMMANDS).toContain(command);
    const known = flagsOf(help.get(COMMANDS.includes(command) ? command : "") ?? "");
    expect(known).toEqual(expect.arrayContaining(flagsOf(words)));
  });

  it("are all in the page about them, with every option", () => {
    const page = read("docs/guide/cli.md");
    for (const command of COMMANDS) expect(page).toContain(`### ${command}\n`);
    const known = new Set([...help.values()].flatMap(flagsOf));
    expect(flagsOf(page).filter((flag) => !known.has(flag))).toEqual([]);
    expect([...known].filter((flag) => !flagsOf(page).includes(flag))).toEqual([]);
  });

  it("named in the list are those the program has", () => {
    const listed = [...(help.get("") ?? "").matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)].map(([, name]) => name);
    expect(listed.filter((name) => name !== "help")).toEqual(COMMANDS);
  });

  it("end with the exit codes of the table", () => {
    const rows = [...read("docs/guide/cli.md").matchAll(/^\| (\d+) \| (.+) \|$/gm)];
    expect(rows.map(([, code, meaning = ""]) => [Number(code), meaning.replaceAll("`", "")])).toEqual(
      Object.values(EXIT_CODES).map(({ code, meaning }) => [code, meaning]),
    );
  });
});

describe("error codes", () => {
  const documented = [...read("docs/guide/errors.md").matchAll(/^\| `([A-Z_0-9]+)` \|/gm)].map(
    ([, code]) => code,
  );
  const inSource = codesInSource(path.join(root, "src"));

  it("are found in the source", () => {
    expect(inSource).toEqual(
      expect.arrayContaining(["USAGE", "SYNTAX", "FILE_NOT_FOUND", "GLYPHS_MISSING", "ABORTED"]),
    );
  });

  it("are all documented, once, and nothing else is", () => {
    expect(documented.toSorted()).toEqual(inSource);
  });
});
