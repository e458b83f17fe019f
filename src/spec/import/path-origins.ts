import { formatPath } from "../issue.ts";

interface Located {
  readonly path?: string | undefined;
  readonly message: string;
}

/** Where the parts of an imported production came from: a finding about ours is told at the place the user knows. */
export class PathOrigins {
  readonly #origins = new Map<string, string>();

  /** @param ours such as `scenes[2].image`; stands also for everything in it */
  set(ours: string, theirs: string): void {
    this.#origins.set(ours, theirs);
  }

  /** The nearest known place; null where there is none, for files and for the whole document. */
  locate(ours: string): string | null {
    for (let path = ours; path !== ""; path = parentOf(path)) {
      const theirs = this.#origins.get(path);
      if (theirs !== undefined) return theirs;
    }
    return null;
  }

  /** The same finding at the document's place, ours named in the message where they differ. */
  translate<Finding extends Located>(finding: Finding): Finding {
    const theirs = finding.path === undefined ? null : this.locate(finding.path);
    if (theirs === null || theirs === finding.path) return finding;
    return { ...finding, path: theirs, message: `${finding.message} In the production: ${finding.path}.` };
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}

/** `scenes[2]` */
export function scenePath(index: number): string {
  return formatPath(["scenes", index]);
}
