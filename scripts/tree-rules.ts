/** What no file of the repository may hold. Pure; `check-tree.ts` brings the files. */
export interface TreeFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** null: not text. */
  readonly text: string | null;
}

/** Bigger ones make every clone slow for ever; a film belongs in a release, not in the tree. */
export const MAX_FILE_BYTES = 1.5e6;

const FORBIDDEN_TEXT = [
  {
    what: "a path of somebody's machine",
    pattern: /(?<![\w.~*)\]}-])\/(?:work|home|Users|root|tmp)\/[\w.@-]+|\b[A-Z]:\\+Users\\/,
  },
  {
    what: "the address of a package registry",
    pattern: /https?:\/\/[^\s/"'<>)]*(?:registry|npmjs|artifactory|verdaccio|nexus)[^\s/"'<>)]*/,
  },
] as const;

/** One line for each problem; empty when all is well. */
export function findTreeProblems(files: readonly TreeFile[]): string[] {
  return files.flatMap((file) => [...sizeProblems(file), ...textProblems(file), ...lockfileProblems(file)]);
}

function sizeProblems({ path, sizeBytes }: TreeFile): string[] {
  if (sizeBytes < MAX_FILE_BYTES) return [];
  return [`${path}: ${(sizeBytes / 1e6).toFixed(1)} MB; files stay below ${MAX_FILE_BYTES / 1e6} MB`];
}

function textProblems({ path, text }: TreeFile): string[] {
  if (text === null) return [];
  return text.split("\n").flatMap((line, index) =>
    FORBIDDEN_TEXT.flatMap(({ what, pattern }) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`${path}:${index + 1}: ${what} (${found[0]})`];
    }),
  );
}

/** `resolved` would pin whatever registry or mirror the writer happened to use; `integrity` is what secures. */
function lockfileProblems({ path, text }: TreeFile): string[] {
  if (text === null || !/(?:^|\/)package-lock\.json$/.test(path)) return [];
  const count = text.match(/"resolved"\s*:/g)?.length ?? 0;
  return count === 0 ? [] : [`${path}: ${count} resolved fields; keep only integrity`];
}
