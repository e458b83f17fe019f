/** Chromium of the system, driven over its own protocol: nothing is downloaded. */
import { existsSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

function findChromium(): string | null {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  for (const name of NAMES) {
    const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
  }
  return null;
}

const executable = findChromium();

/** In continuous integration these tests run, or fail for want of a browser; elsewhere they are left out. */
export const runsBrowser = executable !== null || process.env["CI"] !== undefined;

if (!runsBrowser) {
  process.stderr.write(
    "No Chromium on PATH: the console is not tested (Debian: apt-get install --no-install-recommends chromium).\n",
  );
}

export async function openBrowser(): Promise<Browser> {
  if (executable === null) throw new Error("No Chromium on PATH. Install the package chromium.");
  return chromium.launch({
    executablePath: executable,
    // Its own sandbox wants rights that a container's root does not have; the pages are ours.
    args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
  });
}
