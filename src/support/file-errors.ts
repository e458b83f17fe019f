import { ReelburstError } from "./errors.ts";

/**
 * A failed write as the user should read it. `path` is the file that was wanted, never our temporary one.
 * Errors that are not about the disk pass through as they are.
 */
export function writeError(thrown: unknown, path: string): unknown {
  if (thrown instanceof ReelburstError) return thrown;
  const details = { path, cause: thrown };
  switch (systemCode(thrown)) {
    case "ENOSPC":
      return new ReelburstError("DISK_FULL", `The disk is full: ${path} was not written.`, {
        ...details,
        hint: "Free some space on that disk, or choose a folder on another one.",
      });
    case "EDQUOT":
      return new ReelburstError("DISK_FULL", `The disk quota is used up: ${path} was not written.`, {
        ...details,
        hint: "Free some space in your quota, or choose a folder on another disk.",
      });
    case "EROFS":
      return new ReelburstError("NO_WRITE_PERMISSION", `${path} is on a disk that can only be read.`, {
        ...details,
        hint: "Choose a folder on a disk that can be written.",
      });
    case "EACCES":
    case "EPERM":
      return new ReelburstError("NO_WRITE_PERMISSION", `${path} may not be written by this user.`, {
        ...details,
        hint: "Change the folder's permissions, or choose another folder.",
      });
    case "EISDIR":
      return new ReelburstError(
        "OUTPUT_NOT_WRITABLE",
        `${path} is a folder; a file of that name cannot be written.`,
        {
          ...details,
          hint: "Choose another file name.",
        },
      );
    case "ENOTDIR":
    case "EEXIST":
      return new ReelburstError("OUTPUT_NOT_WRITABLE", `A parent of ${path} is a file, not a folder.`, {
        ...details,
        hint: "Choose another folder.",
      });
    default:
      return thrown;
  }
}

/** The same for a failed read. */
export function readError(thrown: unknown, path: string): unknown {
  const code = systemCode(thrown);
  if (code !== "EACCES" && code !== "EPERM") return thrown;
  return new ReelburstError("NO_READ_PERMISSION", `${path} may not be read by this user.`, {
    path,
    cause: thrown,
    hint: "Change its permissions, or run as the user it belongs to.",
  });
}

/** Node's name for what the operating system said ("ENOSPC"), or undefined for any other error. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/**
 * True when there is no such file or folder, also because a parent is a file. For a reader, or a sweep beside others,
 * that is an answer and not a failure.
 */
export function isMissing(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === "ENOENT" || code === "ENOTDIR";
}
