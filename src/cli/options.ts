import { type Command, InvalidArgumentError, Option } from "commander";
import type { ImportFormat } from "../spec/import/importers.ts";
import type { PresetName, Quality } from "../spec/production.ts";

/** As commander hands them over. */
export interface SourceFlags {
  readonly language?: string;
  readonly pictureSeconds?: number;
  readonly from?: ImportFormat;
  readonly assets?: string;
  readonly strict?: boolean;
}

export interface RenderFlags extends SourceFlags {
  readonly output?: string;
  /** false: `--no-cache`. */
  readonly cache: boolean;
  readonly slots?: number;
  readonly quality?: Quality;
  readonly preset?: PresetName;
  readonly preview?: boolean;
}

/** Literals, so that help does not load the parser of productions. */
const PRESET_NAMES: readonly PresetName[] = ["shorts", "standard", "long"];
/** Named here, so that help loads no importer. */
const FORMATS: readonly ImportFormat[] = ["shotstack", "json2video", "editly", "short-video-maker"];

const QUALITIES: readonly Quality[] = ["draft", "standard", "high"];

export function addSourceOptions(command: Command): Command {
  return command
    .option("--language <name>", "of a folder in several languages, take one: chinese, english, zh, en, …")
    .addOption(
      new Option("--picture-seconds <n>", "in a folder, show pictures without narration this long").argParser(
        positiveNumber,
      ),
    )
    .addOption(new Option("--from <format>", "the source is a document of another program").choices(FORMATS))
    .option("--assets <folder>", "with --from: where the files are that it names by URL")
    .option("--strict", "with --from: what is not carried over is an error");
}

/** @param fewestSlots 0 where others may draw */
export function addRenderOptions(command: Command, fewestSlots: 0 | 1 = 1): Command {
  return addWorkOptions(addSourceOptions(command), "instead of the production's own", fewestSlots)
    .addOption(
      new Option("--preset <name>", "size, quality and bit rate of this kind of film").choices(PRESET_NAMES),
    )
    .addOption(
      new Option("--preview", "small and quick, to judge timing, motion and captions").conflicts("quality"),
    );
}

/** @param quality what `--quality` does for this command */
export function addWorkOptions(command: Command, quality: string, fewestSlots: 0 | 1 = 1): Command {
  return command
    .option("--no-cache", "render everything anew and keep nothing")
    .addOption(
      new Option("--slots <n>", "render this many chunks at a time").argParser((text) =>
        fewestSlots === 0 && text === "0" ? 0 : positiveInteger(text),
      ),
    )
    .addOption(new Option("--quality <name>", quality).choices(QUALITIES));
}

export function addServerOptions(command: Command): Command {
  return command
    .option(
      "--server <url>",
      "the server to talk to; default: REELBURST_SERVER, or the one of the data folder",
    )
    .option("--data <folder>", "data folder of the server; default: REELBURST_DATA_DIR, or in your home");
}

export function addServeOptions(command: Command): Command {
  return command
    .option("--host <address>", "where to listen; any but this machine's own wants a key", "127.0.0.1")
    .addOption(
      new Option("--port <n>", "0 takes any that is free").default(4380).argParser((text) => {
        const port = Number(text);
        if (!/^\d{1,5}$/.test(text) || port > 65_535)
          throw new InvalidArgumentError("Give a whole number from 0 to 65535.");
        return port;
      }),
    )
    .option("--data <folder>", "where productions are kept; default: REELBURST_DATA_DIR, or in your home")
    .option("--allow-folder <folder...>", "productions may name files in these by path")
    .option("--require-key", "want a key on this machine's own address too")
    .option("--new-key <name>", "make a key with every right, print it and end")
    .addOption(
      new Option(
        "--keep-films <days>",
        "delete productions so long after their end; default: never",
      ).argParser(positiveNumber),
    )
    .addOption(
      new Option("--keep-assets <days>", "delete assets that no production names; default: never").argParser(
        positiveNumber,
      ),
    )
    .addOption(
      new Option("--max-asset-mb <n>", "size of the largest file taken; default: 4000").argParser(
        positiveNumber,
      ),
    );
}

export interface FleetFlags {
  readonly region?: string;
  readonly spot: "auto" | "never" | "only";
}

export interface BurstFlags extends FleetFlags {
  readonly on?: "ec2";
  /** US dollars, as written. */
  readonly maxCost?: string;
  readonly machines?: number;
}

export function addFleetOptions(command: Command): Command {
  return command
    .option("--region <name>", "where machines are rented; default: AWS_REGION")
    .addOption(
      new Option("--spot <when>", "machines that the cloud may take back: auto tries them first")
        .choices(["auto", "never", "only"])
        .default("auto"),
    );
}

export function addBurstOptions(command: Command): Command {
  return addFleetOptions(
    command
      .addOption(
        new Option("--on <cloud>", "rent machines that draw beside this one, and give them back").choices([
          "ec2",
        ]),
      )
      .option("--max-cost <dollars>", "with --on: never to be passed; wanted")
      .addOption(
        new Option("--machines <n>", "with --on: so many; default: as are worth their boot").argParser(
          positiveInteger,
        ),
      ),
  );
}

export function addAgentOptions(command: Command): Command {
  return command
    .option("--listen <address>", "where to listen; port 0 takes any that is free", "0.0.0.0:8443")
    .addOption(new Option("--slots <n>", "render this many chunks at a time").argParser(positiveInteger))
    .option("--new-lease <folder>", "write a key and a certificate there, print the fingerprint and end");
}

export function addPublishOptions(command: Command): Command {
  const answers = ["yes", "no"];
  return command
    .addOption(new Option("--to <place>", "where to").choices(["youtube", "s3"]))
    .option("--dry-run", "show what would be sent, and send nothing")
    .option("--metadata <file>", "title, description, tags and more, as YAML or JSON")
    .option("--title <text>", "default: the film's own")
    .option("--description <text>", "without the chapters, which are added")
    .option("--tags <list>", "with commas between")
    .option("--language <tag>", "of title, description and film.srt: en, zh, …")
    .option("--category <number>", "YouTube's; default: 22, People & Blogs")
    .addOption(
      new Option("--visibility <who>", "others than private want an approval")
        .choices(["private", "unlisted", "public"])
        .default("private"),
    )
    .option("--schedule <time>", "becomes public then: 2027-01-31T18:00:00+01:00; wants an approval")
    .option("--approve", "approve it with this command")
    .addOption(new Option("--made-for-kids <answer>", "declare it").choices(answers))
    .addOption(
      new Option("--synthetic <answer>", "declare realistic scenes made or altered by machine").choices(
        answers,
      ),
    )
    .option("--thumbnail <picture>", "default: the film's poster")
    .option("--no-thumbnail", "set none")
    .option("--no-captions", "send no captions")
    .option("--no-chapters", "add none to the description")
    .option("--account <name>", "which of several logins", "default")
    .option("--again", "upload it although that was done or may have been")
    .option("--video-id <id>", "the video an unconfirmed upload has become")
    .option("--store <url>", "with --to s3: s3://bucket/prefix?region=…; default: STORAGE_URL")
    .option("--replace", "with --to s3: replace another film of this name")
    .option("--device", "with login: type a code on another device")
    .option("--with-captions", "with login: also ask for the right to captions")
    .option("--by <name>", "with approve: who has looked at it", "");
}

export interface MakeFlags extends Pick<RenderFlags, "cache" | "slots" | "quality" | "preview"> {
  readonly output?: string;
  readonly length: "short" | "medium" | "long" | "full";
  readonly style: "explainer" | "story" | "news" | "satire" | "dialogue";
  readonly language?: string;
  readonly voice?: string;
  readonly theme: "dark" | "light";
  readonly aspect: "16:9" | "9:16" | "1:1" | "4:5";
  readonly pictureStyle?: string;
  readonly review?: boolean;
  /** US dollars. */
  readonly maxCost?: number;
  readonly textProviders?: readonly string[];
  readonly speechProviders?: readonly string[];
  readonly pictureProviders?: readonly string[];
}

export function addMakeOptions(command: Command): Command {
  return addWorkOptions(command, "of the film")
    .option("-o, --output <path>", "film (.mp4) or folder; default: a film named after the source")
    .addOption(
      new Option("--length <name>", "20-35 s, 45-70 s, 80-120 s, or all of the text")
        .choices(["short", "medium", "long", "full"])
        .default("medium"),
    )
    .addOption(
      new Option("--style <name>", "how it is told")
        .choices(["explainer", "story", "news", "satire", "dialogue"])
        .default("explainer"),
    )
    .option("--language <name>", "of the narration; default: the text's own")
    .option("--voice <name>", "of the first speaker, as the speech provider calls it")
    .addOption(new Option("--theme <name>", "of cards").choices(["dark", "light"]).default("dark"))
    .addOption(
      new Option("--aspect <ratio>", "of the film").choices(["16:9", "9:16", "1:1", "4:5"]).default("16:9"),
    )
    .option("--picture-style <words>", "goes before each picture's prompt")
    .option("--review", "stop before the film, and before money is spent on voices or pictures")
    .addOption(new Option("--max-cost <dollars>", "of all providers together").argParser(positiveNumber))
    .addOption(
      new Option("--text-providers <names>", "in order: gemini, openai, anthropic, outline").argParser(
        nameList,
      ),
    )
    .addOption(
      new Option("--speech-providers <names>", "in order: elevenlabs, openai, flite, espeak").argParser(
        nameList,
      ),
    )
    .addOption(
      new Option(
        "--picture-providers <names>",
        "in order: pollinations, openai, gemini, folder:<path>, cards",
      ).argParser(nameList),
    )
    .addOption(new Option("--preview", "small and quick").conflicts("quality"));
}

function nameList(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new InvalidArgumentError("Give names with commas between.");
  return names;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1024)
    throw new InvalidArgumentError("Give a whole number from 1 to 1024.");
  return value;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("Give a number above 0.");
  return value;
}
