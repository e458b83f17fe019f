import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Issue } from "./issue.ts";
import { errorIssue } from "./issue.ts";

export interface ParseContext {
  /** What relative paths are resolved from: the production file's folder. */
  readonly baseDirectory: string;
  /**
   * Refuse paths that lead out of `baseDirectory`. For productions from someone who may not read this
   * machine's files. By the path's text alone: `checkFiles` with `confine` also follows links.
   */
  readonly confine?: boolean;
}

/** Returns the absolute path of `source`; reports one that leaves a confining base directory. */
export type ResolvePath = (source: string, issuePath: string) => string;

export function createPathResolver(context: ParseContext, issues: Issue[]): ResolvePath {
  const baseDirectory = resolve(context.baseDirectory);
  return (source, issuePath) => {
    const absolute = resolve(baseDirectory, source);
    if (context.confine === true && !isInside(baseDirectory, absolute)) {
      issues.push(
        errorIssue(
          "PATH_OUTSIDE_BASE",
          issuePath,
          "The path leads out of the production's folder.",
          "Put the file into the production's folder and write its relative path.",
        ),
      );
    }
    return absolute;
  };
}

/** Both absolute. A directory is inside itself. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
