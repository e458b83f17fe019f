/** What a person writes about a film for its publication: a YAML or JSON file, checked strictly. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { errorIssue, formatPath, type Issue } from "../spec/issue.ts";
import { readDocument } from "../spec/read-document.ts";
import { ReelburstError } from "../support/errors.ts";
import { isMissing, readError } from "../support/file-errors.ts";

const metadataSchema = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).max(500).optional(),
  /** Of title and description. */
  language: z.string().optional(),
  /** YouTube's number of a category. */
  category: z
    .union([z.string(), z.number()])
    .transform(String)
    .pipe(z.string().regex(/^\d{1,3}$/))
    .optional(),
  /** Titles by scene id. */
  chapters: z.record(z.string(), z.string()).optional(),
  madeForKids: z.boolean().optional(),
  syntheticMedia: z.boolean().optional(),
});

export type FilmMetadata = z.infer<typeof metadataSchema>;

const MAX_BYTES = 1e6;

/** @throws ReelburstError FILE_NOT_FOUND, PUBLISH_METADATA_INVALID */
export async function readMetadataFile(file: string): Promise<FilmMetadata> {
  const text = await readText(file);
  const format = /\.ya?ml$/i.test(file) ? "yaml" : "json5";
  const document = readDocument(text, format, path.basename(file));
  const issues: readonly Issue[] = document.issues.filter(({ severity }) => severity === "error");
  const checked = metadataSchema.safeParse(document.value ?? {});
  const [first] =
    issues.length > 0
      ? issues
      : (checked.error?.issues ?? []).map((each) =>
          errorIssue(
            "PUBLISH_METADATA_INVALID",
            formatPath(each.code === "unrecognized_keys" ? [...each.path, each.keys[0] ?? ""] : each.path),
            each.message,
          ),
        );
  if (first === undefined && checked.success) return checked.data;
  throw new ReelburstError(
    "PUBLISH_METADATA_INVALID",
    `${path.basename(file)}: ${first?.message ?? "invalid"}`,
    {
      path: first?.path ?? file,
      hint: `Known: ${Object.keys(metadataSchema.shape).join(", ")}.`,
    },
  );
}

async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).size <= MAX_BYTES) return await readFile(file, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw readError(error, file);
    throw new ReelburstError("FILE_NOT_FOUND", `There is no file ${file}.`, {
      path: file,
      hint: "Check the path.",
    });
  }
  throw new ReelburstError("PUBLISH_METADATA_INVALID", `${file} is larger than 1 MB.`, { path: file });
}
