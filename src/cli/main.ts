import process from "node:process";
import manifest from "../../package.json" with { type: "json" };
import { readConfig } from "../config.ts";
import type { OutputStream } from "./context.ts";
import { runCli } from "./program.ts";

// Whoever reads a pipe may stop reading (`| head`): the film is finished all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// Started through bin/reelburst.js: when that one is gone, even by kill -9, nobody waits for this work any more.
if (process.channel) {
  process.channel.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}

const exitCode = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  version: manifest.version,
  stdout: process.stdout,
  stderr: process.stderr,
  readConfig,
  loadApp: async () => (await import("../app.ts")).createApp,
  now: Date.now,
  every: (milliseconds, callback) => {
    const timer = setInterval(callback, milliseconds).unref();
    return () => clearInterval(timer);
  },
  signals: process,
  leave: (code) => process.exit(code),
});
await flushed(process.stdout);
await flushed(process.stderr);
process.exit(exitCode);

/** A pipe takes its text later; `process.exit` would cut it off. */
function flushed(stream: OutputStream & { write(text: string, done: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
