/** The small program that starts everything else under Node 24, whatever Node the system has. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const SHIM = fileURLToPath(new URL("../bin/node24.js", import.meta.url));
/** Makes a Node believe that it is an old one. */
const OLD_NODE =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-test-"));
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
  copyFileSync(SHIM, path.join(folder, "node24.js"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe("bin/node24.js", () => {
  test("an old Node hands over to the one that npm ci installed", () => {
    const file = script("version.js", "console.log(process.versions.node, process.argv[2])");
    const run = spawnSync(process.execPath, ["--import", OLD_NODE, SHIM, file, "a b"], { encoding: "utf8" });
    expect(run.stdout).toMatch(/^24\.\d+\.\d+ a b\n$/);
    expect(run.status).toBe(0);
  });

  test("without that one it says what is missing and what to do, and ends with 78", () => {
    const lonely = path.join(folder, "node24.js");
    const run = spawnSync(process.execPath, ["--import", OLD_NODE, lonely, "x.js"], { encoding: "utf8" });
    expect(run.status).toBe(78);
    expect(run.stderr).toMatch(/needs Node 24 and this is Node 20\.1\.0/);
    expect(run.stderr).toMatch(/npm ci/);
  });

  test("the exit code comes through", () => {
    const run = spawnSync(process.execPath, [SHIM, script("seven.js", "process.exit(7)")]);
    expect(run.status).toBe(7);
  });

  test.runIf(process.platform !== "win32").each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
    "%s reaches the program",
    async (signal) => {
      const file = script(
        `${signal}.js`,
        `process.on("${signal}", () => { console.log("heard"); process.exit(5); }); console.log("ready"); setInterval(() => {}, 1000);`,
      );
      const child = spawn(process.execPath, [SHIM, file], { stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      child.stdout.on("data", (data: Buffer) => {
        text += data.toString();
        if (text === "ready\n") child.kill(signal);
      });
      const code = await new Promise((resolve) => child.on("exit", resolve));
      expect(text).toBe("ready\nheard\n");
      expect(code).toBe(5);
    },
  );
});
