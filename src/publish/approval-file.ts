/** The record of a review, beside the film: `film.approval.json`. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../support/atomic-file.ts";
import { isMissing, readError } from "../support/file-errors.ts";
import type { FilmPackage } from "./film-package.ts";
import type { Approval } from "./release-plan.ts";

const approvalSchema = z.object({ sha256: z.string(), by: z.string(), at: z.string() });

export function approvalPath({ film, base }: Pick<FilmPackage, "film" | "base">): string {
  return path.join(path.dirname(film), `${base}.approval.json`);
}

/** null: there is none, or nothing that could be one. */
export async function readApproval(film: Pick<FilmPackage, "film" | "base">): Promise<Approval | null> {
  const file = approvalPath(film);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw readError(error, file);
  });
  if (text === null) return null;
  try {
    return approvalSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export async function writeApproval(
  film: Pick<FilmPackage, "film" | "base">,
  approval: Approval,
): Promise<string> {
  const file = approvalPath(film);
  await writeFileAtomic(file, `${JSON.stringify(approval, null, 2)}\n`);
  return file;
}
