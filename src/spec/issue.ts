/** One finding about a user's input. A production with an `error` is not rendered; a `warning` only informs. */
export interface Issue {
  readonly severity: "error" | "warning";
  /** Stable name, upper snake case. Nobody matches on `message`. */
  readonly code: string;
  /**
   * Where: a JSON path such as `scenes[2].image.src` (`$` is the whole document), for syntax errors
   * `file.yaml:line:column`, for folders the file's path relative to the folder.
   */
  readonly path: string;
  readonly message: string;
  /** What the user can do about it. */
  readonly hint?: string;
}

export function errorIssue(code: string, path: string, message: string, hint?: string): Issue {
  return { severity: "error", code, path, message, ...(hint === undefined ? {} : { hint }) };
}

export function warningIssue(code: string, path: string, message: string, hint?: string): Issue {
  return { severity: "warning", code, path, message, ...(hint === undefined ? {} : { hint }) };
}

export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.severity === "error");
}

/** `["scenes", 2, "my key"]` -> `scenes[2]["my key"]`; the empty path is `$`. */
export function formatPath(segments: readonly PropertyKey[]): string {
  let path = "";
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(String(segment)))
      path += path === "" ? String(segment) : `.${String(segment)}`;
    else path += `[${JSON.stringify(clip(String(segment)))}]`;
  }
  return path === "" ? "$" : path;
}

/** User text inside a message: one line, bounded, so that hostile input can't flood a terminal or a log. */
export function quote(value: unknown): string {
  return JSON.stringify(clip(typeof value === "string" ? value : String(value)));
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
