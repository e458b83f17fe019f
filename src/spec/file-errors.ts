import type { Issue } from "./issue.ts";
import { errorIssue } from "./issue.ts";

/** A failed file-system call as an issue. `what` is the user's noun for the file: picture, narration, ... */
export function describeFileError(error: unknown, path: string, what: string, name = path): Issue {
  const code = (error as NodeJS.ErrnoException).code ?? "UNKNOWN";
  const shown = JSON.stringify(name);
  if (code === "ENOENT" || code === "ENOTDIR")
    return errorIssue("FILE_NOT_FOUND", path, `There is no ${what} at ${shown}.`);
  if (code === "EACCES" || code === "EPERM") {
    return errorIssue(
      "FILE_UNREADABLE",
      path,
      `The ${what} at ${shown} may not be read by this user.`,
      "Change its permissions.",
    );
  }
  return errorIssue("FILE_UNREADABLE", path, `The ${what} at ${shown} can't be read (${code}).`);
}
