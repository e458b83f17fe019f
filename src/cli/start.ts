/**
 * Where the program starts. All it does is to turn on Node's compile cache before anything else is loaded: stripping
 * the types off some two hundred files and compiling them was half of what a short command took.
 *
 * It lies in the cache folder, as the render processes' does. Where it cannot be written, or the configuration cannot
 * be read, everything works without it, and who is to say so comes later.
 */
import { enableCompileCache } from "node:module";
import { compileCacheFolder, readConfig } from "../config.ts";

try {
  enableCompileCache(compileCacheFolder(readConfig()));
} catch {
  // CONFIG_INVALID is said by the command.
}
await import("./main.ts");
