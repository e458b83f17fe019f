import { spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");

const USES_SHARP = 'import sharp from "sharp";\nimport { Packet } from "node-av/lib";\nsharp(Packet);\n';
const READS_ENV = "export const home = process.env.HOME;\n";

const FILES: Readonly<Record<string, string>> = {
  "src/render/motion/native.ts": USES_SHARP,
  "src/render/process/native.ts": USES_SHARP,
  "src/spec/env.ts": READS_ENV,
  "src/config.ts": READS_ENV,
  "src/spec/first.ts": 'import { second } from "./second.ts";\nexport const first = () => second;\n',
  "src/spec/second.ts": 'import { first } from "./first.ts";\nexport const second = () => first;\n',
  "src/spec/skipped.test.ts": 'import { it } from "vitest";\nit.skip("x", () => {});\n',
};

/** The lines that name a finding, as `file rule`. */
let findings: string[];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-lint-"));
  await copyFile(path.join(root, "biome.json"), path.join(folder, "biome.json"));
  await copyFile(path.join(root, "package.json"), path.join(folder, "package.json"));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  const options = ["lint", "--colors=off", "--max-diagnostics=none"];
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...options], {
    cwd: folder,
    encoding: "utf8",
  });
  findings = [...`${stdout}${stderr}`.matchAll(/^(src\/\S+?)(?::\d+:\d+)? lint\/\w+\/(\w+)/gm)].map(
    ([, file, rule]) => `${file} ${rule}`,
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("lint rules of the house", () => {
  it("keep native media libraries in the render process", () => {
    expect(findings).toContain("src/render/motion/native.ts noRestrictedImports");
    expect(findings).not.toContain("src/render/process/native.ts noRestrictedImports");
  });

  it("let config.ts alone read process.env", () => {
    expect(findings).toContain("src/spec/env.ts noProcessEnv");
    expect(findings).not.toContain("src/config.ts noProcessEnv");
  });

  it("refuse import cycles", () => {
    expect(findings).toContain("src/spec/first.ts noImportCycles");
  });

  it("refuse tests that are skipped", () => {
    expect(findings).toContain("src/spec/skipped.test.ts noSkippedTests");
  });
});
