#!/usr/bin/env node
// Re-executes a script under the Node 24 that came with `npm ci`, whatever Node the system has.
// Plain old JavaScript on purpose: it must parse on every Node >= 20 and say something useful on older ones.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const WANTED_MAJOR = 24;

/** Whether this very Node will do. */
export function isNewEnough() {
  return Number(process.versions.node.split(".")[0]) >= WANTED_MAJOR;
}

/** This very Node when it is new enough, else the bundled one, or null. */
function findNode24() {
  if (isNewEnough()) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return path.join(path.dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
  } catch {
    return null;
  }
}

/**
 * Runs `args` under Node 24, hands signals and the exit code through.
 *
 * With `endWithLauncher` the program gets a channel that closes when this process dies, even by kill -9: the
 * program listens to it (`src/cli/main.ts`), or the pid that the user sees would not be the one to kill.
 */
export function runUnderNode24(args, { endWithLauncher = false } = {}) {
  const node = findNode24();
  if (node === null) {
    process.stderr.write(
      `Reelburst needs Node ${WANTED_MAJOR} and this is Node ${process.versions.node} on ${process.platform}-${process.arch}.\n` +
        "Run `npm ci` in the checkout (it brings Node 24 for Linux x64, Linux arm64 and Windows x64; do not pass --omit=optional),\n" +
        `or install Node ${WANTED_MAJOR} or newer from https://nodejs.org.\n`,
    );
    process.exit(78);
  }
  const child = spawn(node, args, {
    stdio: ["inherit", "inherit", "inherit", ...(endWithLauncher ? ["ipc"] : [])],
  });
  // A terminal sends Ctrl+C to the whole group; forwarding it too would count as a second Ctrl+C.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on("SIGINT", () => {
    if (!onTerminal) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`Could not start Node ${WANTED_MAJOR} (${node}): ${error.message}\n`);
    process.exit(78);
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  runUnderNode24(process.argv.slice(2));
}
