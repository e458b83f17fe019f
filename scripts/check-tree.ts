/** Looks through every file that is, or would be, committed: `node scripts/check-tree.ts`. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findTreeProblems, type TreeFile } from "./tree-rules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** With the ones not added yet, so that a problem shows before it is history. */
function listFiles(): string[] {
  const options = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const output = execFileSync("git", options, { cwd: root, encoding: "utf8", maxBuffer: 64e6 });
  return output.split("\0").filter((name) => name !== "");
}

/** null: deleted, but not yet in git's eyes. */
async function readTreeFile(name: string): Promise<TreeFile | null> {
  try {
    const bytes = await readFile(path.join(root, name));
    return { path: name, sizeBytes: bytes.length, text: bytes.includes(0) ? null : bytes.toString("utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

const files = (await Promise.all(listFiles().map(readTreeFile))).filter((file) => file !== null);
const problems = findTreeProblems(files);
if (files.length === 0) problems.push("git lists no files");
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
