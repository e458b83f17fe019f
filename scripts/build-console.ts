#!/usr/bin/env node
/**
 * Builds the console. The result is committed, so that `npm ci` and `serve` are all a user needs; `--check` builds it
 * elsewhere and fails when the committed files are not what the source gives.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { subsetFont } from "./subset-font.ts";

const root = fileURLToPath(new URL("../console/", import.meta.url));
const dist = path.join(root, "dist");

/** What an English page is made of; all else comes in a second file, only when a title or a file name needs it. */
const LATIN = [
  [0x20, 0x7e],
  [0xa0, 0xa0],
  [0xb7, 0xb7],
  [0xd7, 0xd7],
  [0x2013, 0x2014],
  [0x2018, 0x2019],
  [0x201c, 0x201d],
  [0x2026, 0x2026],
  [0x2192, 0x2192],
] as const;
const MORE = [
  [0xa1, 0x17f],
  [0x370, 0x3ff],
  [0x400, 0x45f],
  [0x1ea0, 0x1ef9],
] as const;
const FONTS = [
  { from: "400Regular/Inter_400Regular.ttf", to: "inter-400.ttf", ranges: LATIN },
  { from: "600SemiBold/Inter_600SemiBold.ttf", to: "inter-600.ttf", ranges: LATIN },
  { from: "500Medium/Inter_500Medium.ttf", to: "inter-500.ttf", ranges: LATIN },
  { from: "800ExtraBold/Inter_800ExtraBold.ttf", to: "inter-800.ttf", ranges: LATIN },
  { from: "400Regular/Inter_400Regular.ttf", to: "inter-400-more.ttf", ranges: MORE },
  { from: "600SemiBold/Inter_600SemiBold.ttf", to: "inter-600-more.ttf", ranges: MORE },
] as const;

async function writeFonts(): Promise<void> {
  const inter = path.dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/inter"));
  await mkdir(path.join(root, "fonts"), { recursive: true });
  for (const { from, to, ranges } of FONTS)
    await writeFile(path.join(root, "fonts", to), await subsetFont(path.join(inter, from), ranges));
}

async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
  return new Map(
    await Promise.all(
      files.map(async (file) => [path.relative(folder, file), await readFile(file)] as const),
    ),
  );
}

const isCheck = process.argv.includes("--check");
const outDir = isCheck ? await mkdtemp(path.join(tmpdir(), "reelburst-console-")) : dist;
try {
  await writeFonts();
  await build({
    root,
    configFile: path.join(root, "vite.config.ts"),
    logLevel: "error",
    build: { outDir, emptyOutDir: true },
  });
  const built = await filesOf(outDir);
  if (isCheck) {
    const committed = await filesOf(dist);
    const names = new Set([...built.keys(), ...committed.keys()]);
    const different = [...names].filter(
      (name) => built.get(name)?.equals(committed.get(name) ?? Buffer.alloc(0)) !== true,
    );
    if (different.length > 0) {
      process.stderr.write(
        `console/dist is not what console/src builds to (${different.join(", ")}). Run \`npm run build:console\`.\n`,
      );
      process.exitCode = 1;
    }
  } else {
    for (const [name, bytes] of built)
      process.stdout.write(`${String(gzipSync(bytes, { level: 9 }).length).padStart(7)} B gzip  ${name}\n`);
  }
} finally {
  if (isCheck) await rm(outDir, { recursive: true, force: true });
}
