import { readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { scanFolder } from "../../spec/folder-scan.ts";
import type { ImportFormat } from "../../spec/import/importers.ts";
import { loadImport } from "../../spec/import/load-import.ts";
import { hasErrors } from "../../spec/issue.ts";
import { PRODUCTION_FILE_NAMES } from "../../spec/load.ts";
import { exampleProduction, importedProduction } from "../../spec/write.ts";
import { ReelburstError } from "../../support/errors.ts";
import { makeFolder } from "../../support/make-folder.ts";
import { invalidInput, usageError } from "../failure.ts";
import { initTemplate } from "../init-template.ts";
import type { SourceFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import { textWidth } from "../present/presenter.ts";
import { issueLines } from "../present/problems.ts";
import type { Session } from "../session.ts";
import { refuseImportOptions } from "../source.ts";
import { countOf } from "../text/formats.ts";
import { printable } from "../text/printable.ts";
import { shellWord } from "../text/shell-word.ts";

const FILE_NAME = "production.yaml";

export async function initCommand(
  session: Session,
  folder: string | undefined,
  flags: SourceFlags & { readonly force?: boolean },
): Promise<number> {
  refuseImportOptions(flags);
  if (flags.from !== undefined) return convertCommand(session, folder, { ...flags, from: flags.from });
  const { context } = session;
  const shown = folder ?? ".";
  const directory = path.resolve(context.cwd, shown);
  const isNew = await stat(directory).then(
    () => false,
    () => true,
  );
  await makeFolder(directory).catch((error: unknown) => {
    if (!(error instanceof ReelburstError) || error.code !== "OUTPUT_NOT_WRITABLE") throw error;
    throw new ReelburstError("OUTPUT_CONFLICT", `${printable(shown)} is a file.`, {
      hint: "Name a folder.",
      cause: error,
    });
  });
  await refuseOverwrite(directory, flags.force === true);
  const scan = await scanFolder(directory, {
    ...(flags.language === undefined ? {} : { language: flags.language }),
    ...(flags.pictureSeconds === undefined ? {} : { defaultDurationSeconds: flags.pictureSeconds }),
  });
  const errors = scan.issues.filter(({ severity }) => severity === "error");
  const isEmpty = errors.length === 1 && errors[0]?.code === "FOLDER_EMPTY" && flags.language === undefined;
  if (hasErrors(scan.issues) && !isEmpty) throw invalidInput(printable(shown), scan.issues);
  const file = path.join(directory, FILE_NAME);
  await writeFile(file, isEmpty ? initTemplate(shown) : exampleProduction(scan), {
    flag: flags.force === true ? "w" : "wx",
  });
  const warnings = scan.issues.filter(({ severity }) => severity === "warning");
  if (session.json) {
    writeJsonLine(context.stdout, {
      type: "written",
      path: file,
      scenes: scan.scenes.length,
      issues: warnings,
    });
    return 0;
  }
  session.say(issueLines(warnings, session.style.stderr, textWidth(context.stderr)));
  const created = `Created ${printable(shown).replace(/[\\/]+$/, "")}/ with a template.`;
  const word = shellWord(shown);
  session.say(
    isEmpty
      ? [
          `${isNew ? created : "The folder holds no scenes yet: this is a template."} Put your files beside it, then edit it.`,
          `Then check it: npx reelburst validate ${word}`,
        ]
      : [
          `${countOf(scan.scenes.length, "scene")} found. Edit the file as you like, then render it:`,
          `npx reelburst render ${word}`,
        ],
  );
  session.print([context.stdout.isTTY === true ? printable(file) : file]);
  return 0;
}

/** A document of another program becomes a production file beside it, where its relative paths mean the same. */
async function convertCommand(
  session: Session,
  source: string | undefined,
  flags: SourceFlags & { readonly from: ImportFormat; readonly force?: boolean },
): Promise<number> {
  const { context } = session;
  if (source === undefined) throw usageError("With --from, init needs the document to convert.");
  const document = path.resolve(context.cwd, source);
  const { production, issues, input } = await loadImport(document, {
    format: flags.from,
    assets: flags.assets === undefined ? null : path.resolve(context.cwd, flags.assets),
    strict: flags.strict === true,
    signal: session.stop.signal,
  });
  if (production === null || input === null) throw invalidInput(printable(source), issues);
  const directory = path.dirname(document);
  await refuseOverwrite(directory, flags.force === true);
  const file = path.join(directory, FILE_NAME);
  if (file === document) {
    throw new ReelburstError("OUTPUT_CONFLICT", `The document is itself called ${FILE_NAME}.`, {
      hint: "Rename it first.",
    });
  }
  await writeFile(file, importedProduction(input, issues, path.basename(document)), {
    flag: flags.force === true ? "w" : "wx",
  });
  if (session.json) {
    writeJsonLine(context.stdout, { type: "written", path: file, scenes: input.scenes.length, issues });
    return 0;
  }
  session.say(issueLines(issues, session.style.stderr, textWidth(context.stderr)));
  session.say([
    `${countOf(input.scenes.length, "scene")} converted. Edit the file as you like, then render it:`,
    `npx reelburst render ${shellWord(path.join(path.dirname(source), FILE_NAME))}`,
  ]);
  session.print([context.stdout.isTTY === true ? printable(file) : file]);
  return 0;
}

async function refuseOverwrite(directory: string, force: boolean): Promise<void> {
  const names = new Set(await readdir(directory));
  for (const name of PRODUCTION_FILE_NAMES) {
    if (!names.has(name) || (force && name === FILE_NAME)) continue;
    // A folder may hold one production file: a second one beside it would make both unusable.
    const hint =
      name === FILE_NAME ? "Use --force to replace it." : `Remove it first, or go on with ${name}.`;
    throw new ReelburstError("OUTPUT_EXISTS", `The folder has a ${name} already.`, {
      path: path.join(directory, name),
      hint,
    });
  }
}
