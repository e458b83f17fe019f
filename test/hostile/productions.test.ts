import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkFiles } from "../../src/spec/check-files.ts";
import { loadProduction } from "../../src/spec/load.ts";
import { readDocument } from "../../src/spec/read-document.ts";

let folder: string;
let outside: string;
const socket = createServer();
const posix = process.platform !== "win32";
const at = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-hostile-"));
  outside = mkdtempSync(path.join(os.tmpdir(), "reelburst-outside-"));
  writeFileSync(path.join(outside, "x.png"), "x");
  writeFileSync(at("a.png"), "x");
  mkdirSync(at("folder.png"));
  if (!posix) return;
  symlinkSync("loop.png", at("loop.png"));
  symlinkSync("a.png", at("link.png"));
  symlinkSync(outside, at("out"));
  for (const name of ["pipe.png", "pipe.yaml"]) execFileSync("mkfifo", [at(name)]);
  await new Promise<void>((resolve) => socket.listen(at("socket.png"), resolve));
});
afterAll(() => {
  socket.close();
  for (const each of [folder, outside]) rmSync(each, { recursive: true, force: true });
});

/** Codes of all findings, as a render would meet them. */
async function findings(name: string, content: string, confine = false): Promise<string[]> {
  writeFileSync(at(name), content);
  const { production, issues } = await loadProduction(at(name), { confine });
  const ofFiles = production === null ? [] : await checkFiles(production, { confine });
  rmSync(at(name));
  return [...issues, ...ofFiles].map(({ code }) => code);
}

const SCENES = "scenes: [{image: a.png, duration: 1}]\n";

describe("production files made to do harm", () => {
  test.for<[string, string, string, string[]]>([
    [
      "merge keys",
      "p.yaml",
      "scenes:\n  - {<<: {duration: 1}, image: a.png}\n",
      ["UNKNOWN_KEY", "SCENE_DURATION_MISSING"],
    ],
    ["a prototype in YAML", "p.yaml", `__proto__: {title: x}\n${SCENES}`, ["UNKNOWN_KEY"]],
    [
      "a prototype in JSON",
      "p.json",
      '{"scenes":[{"image":"a.png","duration":1,"__proto__":{"id":"x"}}]}',
      ["UNKNOWN_KEY"],
    ],
    [
      "a prototype in metadata",
      "p.json",
      '{"metadata":{"__proto__":{"polluted":1}},"scenes":[{"image":"a.png","duration":1}]}',
      [],
    ],
    ["a foreign tag", "p.yaml", `title: !!js/function x\n${SCENES}`, ["SYNTAX"]],
    ["an alias to itself", "p.yaml", `a: &a [*a]\n${SCENES}`, ["UNKNOWN_KEY"]],
    ["a NUL in a path", "p.json", '{"scenes":[{"image":"a\\u0000.png","duration":1}]}', ["PATH_INVALID"]],
    [
      "a name longer than names can be",
      "p.json",
      JSON.stringify({ scenes: [{ image: "\u00e9".repeat(200), duration: 1 }] }),
      ["FILE_UNREADABLE"],
    ],
    ["an endless duration", "p.yaml", "scenes: [{image: a.png, duration: .inf}]", ["INVALID_VALUE"]],
  ])("%s", async ([, name, content, codes]) => {
    const found = await findings(name, content);
    expect(codes.length === 0 ? found : found.slice(0, 1)).toEqual(codes.slice(0, 1));
    expect("polluted" in {}).toBe(false);
  });

  test("8 MB of signs that each cost the YAML parser are refused before it sees them", () => {
    for (const sign of ['""', "a: ", "- \n", "&a ", "? \n", "\n"]) {
      const codes = readDocument(sign.repeat(8e6 / sign.length), "yaml", "f").issues.map(({ code }) => code);
      expect(codes, sign).toEqual(["FILE_TOO_LARGE"]);
    }
  });

  test("a production of 10,000 scenes with ten settings each is none of that", () => {
    const scene =
      "  - id: x\n    image: a.png\n    audio: b.mp3\n    captions:\n      style: boxed\n      size: 1.5\n    motion: none\n    pad: {before: 1, after: 1}\n    transition: fade\n    title: A scene\n";
    expect(readDocument(`scenes:\n${scene.repeat(10_000)}`, "yaml", "f").issues).toEqual([]);
  });
});

describe.runIf(posix)("names that are no files", () => {
  const path255 = `${"n".repeat(251)}.png`;
  test.for<[string, string[]]>([
    ["loop.png", ["FILE_UNREADABLE"]],
    ["pipe.png", ["FILE_NOT_REGULAR"]],
    ["socket.png", ["FILE_NOT_REGULAR"]],
    ["folder.png", ["FILE_NOT_REGULAR"]],
    ["/dev/zero", ["FILE_NOT_REGULAR"]],
    ["/proc/self/environ", ["FILE_EMPTY"]],
    ["a.png/x", ["FILE_NOT_FOUND"]],
    [path255, ["FILE_NOT_FOUND"]],
    ["file:///etc/passwd", ["SOURCE_URL_UNSUPPORTED"]],
    ["data:image/png;base64,AA", ["SOURCE_URL_UNSUPPORTED"]],
    ["link.png", []],
  ])("%s", async ([image, codes]) => {
    expect(await findings("p.json", JSON.stringify({ scenes: [{ image, duration: 1 }] }))).toEqual(codes);
  });

  test.for([["../a.png"], ["/etc/passwd"], ["out/x.png"], ["folder.png/../../a.png"]])(
    "%s leads out, where that is not allowed",
    async ([image]) => {
      const codes = await findings("p.json", JSON.stringify({ scenes: [{ image, duration: 1 }] }), true);
      expect(codes[0]).toBe("PATH_OUTSIDE_BASE");
    },
  );

  test("a pipe as the production itself is never opened", async () => {
    expect((await loadProduction(at("pipe.yaml"))).issues.map(({ code }) => code)).toEqual([
      "FILE_NOT_REGULAR",
    ]);
  });
});

test("a folder of 10,000 pairs is 10,000 scenes", async () => {
  const many = at("many");
  mkdirSync(many);
  for (let index = 0; index < 10_000; index++)
    for (const kind of ["png", "mp3"]) writeFileSync(path.join(many, `${index}.${kind}`), "");
  const { production, issues } = await loadProduction(many);
  expect(issues).toEqual([]);
  expect(production?.scenes).toHaveLength(10_000);
});
