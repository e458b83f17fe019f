/** Reads a stranger's text in a thread of its own: some Markdown takes its parser minutes, and a thread can be ended. */
import { parentPort, workerData } from "node:worker_threads";
import { ReelburstError } from "../../../support/errors.ts";
import type { ScriptRequest } from "../../models/text.ts";
import { writeOutline } from "../../outline/write-outline.ts";

try {
  parentPort?.postMessage({ result: writeOutline(workerData as ScriptRequest) });
} catch (error) {
  parentPort?.postMessage({ error: ReelburstError.from(error).toJSON() });
}
