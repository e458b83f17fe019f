import path from "node:path";
import type { Made, MakeEvent, MakeRequest } from "../../app.ts";
import { parseLanguage } from "../../spec/language.ts";
import { loadProduction } from "../../spec/load.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { invalidInput, usageError } from "../failure.ts";
import type { MakeFlags } from "../options.ts";
import { writeJsonLine } from "../present/json.ts";
import { presentRender } from "../present-render.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";
import { shellWord } from "../text/shell-word.ts";

/** From a topic or a text to a film; with `--review` to what can be changed before one is made. */
export async function makeCommand(session: Session, source: string, flags: MakeFlags): Promise<number> {
  const { context, stop, json } = session;
  const language = flags.language === undefined ? null : parseLanguage(flags.language);
  if (language === null && flags.language !== undefined)
    throw usageError(`${printable(flags.language)} is no language.`, "Give one such as en or zh.");
  const film = filmOf(source, flags.output, context.cwd);
  const fromScript = /\.ya?ml$/i.test(source);
  const folder = fromScript
    ? path.dirname(path.resolve(context.cwd, source))
    : film.replace(/\.mp4$/i, ".make");
  const app = await session.openApp();
  const outcome = await app.make(
    {
      source,
      cwd: context.cwd,
      folder,
      shownFolder: shownPath(folder, context.cwd),
      length: flags.length,
      style: flags.style,
      language,
      voice: flags.voice ?? null,
      theme: flags.theme,
      aspect: flags.aspect,
      pictureStyle: flags.pictureStyle ?? "",
      review: flags.review === true,
      maxCostMicros: flags.maxCost === undefined ? null : Math.round(flags.maxCost * 1e6),
      providers: {
        script: flags.textProviders ?? null,
        speech: flags.speechProviders ?? null,
        pictures: flags.pictureProviders ?? null,
      },
    } satisfies MakeRequest,
    { signal: stop.signal, emit: (event) => tell(session, event) },
  );
  if (outcome.kind === "invalid") throw invalidInput(printable(source), outcome.issues);
  const { made } = outcome;
  if (json) writeJsonLine(context.stdout, { type: "made", ...made });
  else session.say(summaryLines(made));
  if (flags.review === true || made.production === null) {
    if (!json) sayNext(session, made);
    return EXIT_CODES.success.code;
  }
  const { production, issues } = await loadProduction(made.production);
  if (production === null) throw invalidInput(shownPath(made.production, context.cwd), issues);
  const { exitCode } = await presentRender(session, {
    production,
    warnings: issues,
    source: made.production,
    name: path.basename(film, path.extname(film)),
    output: film,
    flags,
    detail: "full",
  });
  return exitCode;
}

/** Absolute. `make article.md` gives `article.mp4` in the current folder, a topic one named after its words. */
function filmOf(source: string, output: string | undefined, cwd: string): string {
  if (output !== undefined) {
    if (/\.mp4$/i.test(output)) return path.resolve(cwd, output);
    if (path.extname(output) !== "" && !/[\\/]$/.test(output))
      throw usageError("A film is written as .mp4.", "Name the output with .mp4, or a folder.");
    return path.resolve(cwd, output, `${nameOf(source)}.mp4`);
  }
  return path.resolve(cwd, `${nameOf(source)}.mp4`);
}

function nameOf(source: string): string {
  const isScript = /\.ya?ml$/i.test(source);
  const base = isScript ? path.basename(path.dirname(path.resolve(source))).replace(/\.make$/, "") : source;
  const last = /^https?:/i.test(base)
    ? (base
        .replace(/[?#].*$/, "")
        .split("/")
        .findLast((part) => part !== "") ?? "film")
    : base;
  const name = path
    .basename(last)
    .replace(/\.(?:md|markdown|txt|text|html?)$/i, "")
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return [...name].slice(0, 60).join("") || "film";
}

function shownPath(file: string, cwd: string): string {
  const way = path.relative(cwd, file);
  return way === "" ? "." : way.startsWith("..") ? file : way.split(path.sep).join("/");
}

const DOING = {
  script: () => "Writing the script",
  speech: (total: number) => `Speaking ${total} segments`,
  pictures: (total: number) => `Making ${total} pictures`,
} as const;

const STAGES = { script: "Script", speech: "Voice", pictures: "Pictures" } as const;

function tell(session: Session, event: MakeEvent): void {
  if (session.json) {
    writeJsonLine(session.context.stdout, { ...event, at: new Date(session.context.now()).toISOString() });
    return;
  }
  if (event.type === "stage" && event.done === 0) session.say([DOING[event.stage](event.total)]);
  if (event.type === "makeNotice") session.say([printable(event.notice.message)]);
}

function summaryLines({ report }: Made): string[] {
  const { providers, seconds, costMicros, unpricedCalls, segments, title } = report;
  const lines = [
    `${printable(title)}: ${segments} segments${seconds === null ? "" : `, ${seconds.toFixed(1)} s of voice`}`,
    ...(["script", "speech", "pictures"] as const)
      .filter((stage) => providers[stage].length > 0)
      .map((stage) => `${STAGES[stage].padEnd(9)} ${providers[stage].map(printable).join(", ")}`),
  ];
  if (costMicros > 0 || unpricedCalls > 0) {
    const more = unpricedCalls > 0 ? ` and ${unpricedCalls} calls of unknown price` : "";
    lines.push(`Cost      $${(costMicros / 1e6).toFixed(4)} by list prices${more}`);
  }
  return lines;
}

function sayNext(session: Session, { script, production, storyboard }: Made): void {
  const { cwd } = session.context;
  const shown = (file: string): string => shellWord(shownPath(file, cwd));
  session.say([
    `Change ${shown(script)} as you like, then go on with`,
    `  npx reelburst make ${shown(script)}`,
    ...(production === null
      ? ["Nothing was spent on voices or pictures yet."]
      : ["Or render what is there with", `  npx reelburst render ${shown(production)}`]),
  ]);
  session.print(
    [script, production, storyboard].filter((file) => file !== null).map((file) => shownPath(file, cwd)),
  );
}
