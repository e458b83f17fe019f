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
  /** Take http and https URLs as sources. They stay URLs in the production: see `isUrl` and `mapSources`. */
  readonly allowUrls?: boolean;
}

/** True for a source that is to be fetched. No absolute path looks like this. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** Returns the absolute path of `source`, or the URL that it is; reports one that is not allowed. */
export type ResolvePath = (source: string, issuePath: string) => string;

export function createPathResolver(context: ParseContext, issues: Issue[]): ResolvePath {
  const baseDirectory = resolve(context.baseDirectory);
  return (source, issuePath) => {
    if (isUrl(source)) {
      const issue = urlIssue(source, issuePath, context.allowUrls === true);
      if (issue !== null) issues.push(issue);
      return URL.canParse(source) ? new URL(source).href : source;
    }
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

function urlIssue(source: string, issuePath: string, isAllowed: boolean): Issue | null {
  if (!isAllowed) {
    return errorIssue(
      "SOURCE_URL_UNSUPPORTED",
      issuePath,
      "This is a URL; here a production names files on this machine.",
      "Download the file and write its path.",
    );
  }
  if (URL.canParse(source)) return null;
  return errorIssue("URL_INVALID", issuePath, "This is not a URL.", "Check its host and its spelling.");
}

/** Both absolute. A directory is inside itself. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
