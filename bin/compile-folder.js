import { homedir } from "node:os";
import path from "node:path";

/**
 * Where Node keeps the compiled form of the program's files: in the cache folder, beside the render processes' own. The
 * same place as `compileCacheFolder` of `src/config.ts` names, said once more in JavaScript: the first TypeScript file
 * that is loaded without the cache costs as much as all that are loaded with it.
 */
export function compileFolder(env) {
  const base =
    env.REELBURST_CACHE_DIR || path.join(env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "reelburst");
  return path.resolve(base, "compile");
}
