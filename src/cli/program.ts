import { Command, CommanderError, Option } from "commander";
import type { AgentFlags } from "./commands/agent.ts";
import type { BackupFlags } from "./commands/backup.ts";
import type { CostFlags } from "./commands/cost.ts";
import type { JoinFlags } from "./commands/join.ts";
import type { PublishFlags } from "./commands/publish.ts";
import type { ServeFlags } from "./commands/serve.ts";
import type { TopicsFlags } from "./commands/topics.ts";
import type { WorkerFlags } from "./commands/worker.ts";
import type { CliContext } from "./context.ts";
import { EXIT_CODES, exitCodesHelp } from "./exit-codes.ts";
import { CommandFailure, usageError } from "./failure.ts";
import {
  addAgentOptions,
  addBurstOptions,
  addFleetOptions,
  addMakeOptions,
  addPublishOptions,
  addRenderOptions,
  addServeOptions,
  addServerOptions,
  addSourceOptions,
  addWorkOptions,
  type BurstFlags,
  type FleetFlags,
  type MakeFlags,
  positiveInteger,
  type RenderFlags,
  type SourceFlags,
} from "./options.ts";
import type { ServerFlags } from "./server-connection.ts";
import { type GlobalOptions, reportFailure, runSession, type Session } from "./session.ts";
import { printable } from "./text/printable.ts";

/** `argv` without the program's name; gives the exit code. Commands are loaded when they are called. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const ending: Ending = { exitCode: EXIT_CODES.success.code };
  const program = buildProgram(context, ending);
  let command: string | undefined;
  try {
    const [first, second] = program.parseOptions([...argv]).operands;
    const wanted = first === "help" ? second : first;
    const known = program.commands.some((each) => each.name() === wanted);
    if (known) command = wanted;
    // With --help an unknown command would get the program's own help, as if it were one.
    await program.parseAsync(known || wanted === undefined ? argv : [wanted], { from: "user" });
    return ending.exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError))
      return reportFailure(context, program.opts<GlobalOptions>(), CommandFailure.from(thrown));
    if (thrown.exitCode === 0) return EXIT_CODES.success.code;
    // Without a command the help was the answer, and it has been written.
    if (thrown.code === "commander.help") return EXIT_CODES.usage.code;
    const message = printable(thrown.message.replace(/^error: /, "").replace(/\n+/g, " "));
    const options = { json: argv.includes("--json"), color: !argv.includes("--no-color") };
    return reportFailure(
      context,
      options,
      usageError(
        asSentence(message),
        command === undefined
          ? 'Run "npx reelburst --help" to see the commands and their options.'
          : `Run "npx reelburst ${command} --help" to see its arguments and options.`,
      ),
    );
  }
}

interface Ending {
  exitCode: number;
}

function buildProgram(context: CliContext, ending: Ending): Command {
  const program = new Command("npx reelburst")
    .description("Scenes in, finished narrated film out. A text is enough to begin with.")
    .version(context.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--json", "print JSON: events and results as lines on stdout")
    .option("--no-color", "no colours; the NO_COLOR environment variable does the same")
    .option("--debug", "with an error, print where in the program it arose")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Said by `runCli`, in the program's own form and as JSON when asked for.
      outputError: () => {},
      getOutHelpWidth: () => helpWidth(context.stdout),
      getErrHelpWidth: () => helpWidth(context.stderr),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", `\n${EXAMPLES}\n\n${exitCodesHelp()}\n\n${GUIDE}`);
  const run = async (command: Command, work: (session: Session) => Promise<number>): Promise<void> => {
    ending.exitCode = await runSession(context, command.optsWithGlobals<GlobalOptions>(), work);
  };

  program.commandsGroup("Make films:");
  addSourceOptions(program.command("init"))
    .description("write a production.yaml for the pictures and narrations in a folder")
    .argument("[folder]", "default: the current folder; with --from the document to convert")
    .option("--force", "replace a production.yaml that is there")
    .action((folder: string | undefined, flags: SourceFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/init.ts")).initCommand(session, folder, flags),
      ),
    );

  addSourceOptions(program.command("validate"))
    .description("check a production and the files it names")
    .argument("[source]", SOURCE)
    .option("--content", "also open every picture, sound and caption file")
    .option("--schema", "print the JSON Schema of production files instead")
    .action((source: string | undefined, flags: SourceFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/validate.ts")).validateCommand(session, source, flags),
      ),
    );

  addRenderOptions(program.command("plan"))
    .description("show the timeline and what a render will take, without rendering")
    .argument("<source>", SOURCE)
    .option("-o, --output <path>", "as for render")
    .option("--only <scene>", "this scene alone")
    .action((source: string, flags: RenderFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/plan.ts")).planCommand(session, source, flags),
      ),
    );

  addBurstOptions(addRenderOptions(program.command("render"), 0))
    .description("make the film; its path is the last line on stdout")
    .argument("<source>", SOURCE)
    .option(
      "-o, --output <path>",
      "film (.mp4) or folder; default: a film of the source's name in the current folder",
    )
    .option("--only <scene>", "this scene alone")
    .option("--server <url>", "render on this server and bring the film here; default: REELBURST_SERVER")
    .action((source: string, flags: RenderFlags & BurstFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/render.ts")).renderCommand(session, source, flags),
      ),
    );

  addMakeOptions(program.command("make"))
    .description("make a film of a text or a topic: script, voice, pictures, captions")
    .argument(
      "<source>",
      "a .md or .txt file, an article's or a feed's URL, r/<subreddit>, a topic in quotes, or a script.yaml",
    )
    .action((source: string, flags: MakeFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/make.ts")).makeCommand(session, source, flags),
      ),
    );

  program
    .command("topics")
    .description("topics that wait for approval before films are made of them")
    .argument("<action>", "list, add, approve, reject")
    .argument("[value]", "add: a feed's URL or r/<subreddit>; else a topic's id")
    .option("--file <path>", "where they are kept", "topics.json")
    .action((action: string, value: string | undefined, flags: TopicsFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/topics.ts")).topicsCommand(session, action, value, flags),
      ),
    );

  addRenderOptions(program.command("batch"))
    .description("render several productions in turn; one that fails does not stop the rest")
    .argument("<sources...>", "production files and folders, or folders that hold such folders")
    .requiredOption("-o, --output <folder>", "where the films go, each named after its source")
    .action((sources: string[], flags: RenderFlags & { output: string }, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/batch.ts")).batchCommand(session, sources, flags),
      ),
    );

  addWorkOptions(program.command("join"), "with --reencode; default: standard")
    .description("put videos behind each other, their pictures copied as they are")
    .argument("<videos...>", "mp4, mov, mkv or webm, in order")
    .requiredOption("-o, --output <path>", "film (.mp4), or a folder for joined.mp4")
    .option("--reencode", "render them anew, for videos that are not alike")
    .action((videos: string[], flags: JoinFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/join.ts")).joinCommand(session, videos, flags),
      ),
    );

  program.commandsGroup("Publish:");
  addPublishOptions(program.command("publish"))
    .description("bring a finished film to YouTube or into a store; private unless approved")
    .argument("<film>", "an .mp4 or its folder; or: login youtube, logout youtube, approve <film>")
    .argument("[object]", "of login, logout and approve")
    .action((what: string, object: string | undefined, flags: PublishFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/publish.ts")).publishCommand(session, what, object, flags),
      ),
    );

  program.commandsGroup("Serve:");
  addServeOptions(program.command("serve"))
    .description("serve the HTTP API; its address is the first line on stdout")
    .action((flags: ServeFlags, command: Command) =>
      run(command, async (session) => (await import("./commands/serve.ts")).serveCommand(session, flags)),
    );

  addServerOptions(program.command("status"))
    .description("show a production of a server, or the latest")
    .argument("[id]", "of a production")
    .addOption(new Option("--limit <n>", "show so many").default(20).argParser(positiveInteger))
    .action((id: string | undefined, flags: ServerFlags & { limit: number }, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/status.ts")).statusCommand(session, id, flags),
      ),
    );

  addServerOptions(program.command("logs"))
    .description("show what has happened to a production")
    .argument("<id>", "of a production")
    .option("-f, --follow", "go on until its end")
    .action((id: string, flags: ServerFlags & { follow?: boolean }, command: Command) =>
      run(command, async (session) => (await import("./commands/logs.ts")).logsCommand(session, id, flags)),
    );

  for (const [change, description] of [
    ["cancel", "end a production; what was rendered is kept"],
    ["retry", "queue a production that failed or was canceled once more"],
  ] as const) {
    addServerOptions(program.command(change))
      .description(description)
      .argument("<id>", "of a production")
      .action((id: string, flags: ServerFlags, command: Command) =>
        run(command, async (session) =>
          (await import("./commands/change-production.ts")).changeProduction(session, change, id, flags),
        ),
      );
  }

  addServerOptions(program.command("mcp"))
    .description("tools for agents: the Model Context Protocol over stdin and stdout")
    .action((flags: ServerFlags, command: Command) =>
      run(command, async (session) => (await import("./commands/mcp.ts")).mcpCommand(session, flags)),
    );

  program.commandsGroup("Operate:");
  program
    .command("backup")
    .description("write a stopped server's productions, films and assets to one file")
    .argument("<file>", "a tar archive")
    .option("--data <folder>", "data folder; default: REELBURST_DATA_DIR, or in your home")
    .action((file: string, flags: BackupFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/backup.ts")).backupCommand(session, file, flags),
      ),
    );

  program
    .command("restore")
    .description("make a data folder from a backup")
    .argument("<file>", "what backup has written")
    .option("--data <folder>", "a new or empty folder; default: REELBURST_DATA_DIR, or in your home")
    .action((file: string, flags: BackupFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/backup.ts")).restoreCommand(session, file, flags),
      ),
    );

  program
    .command("worker")
    .description("work for the servers on the same PostgreSQL; serves nothing itself")
    .option("--data <folder>", "this process's own files; default: as for serve")
    .action((flags: WorkerFlags, command: Command) =>
      run(command, async (session) => (await import("./commands/worker.ts")).workerCommand(session, flags)),
    );

  addAgentOptions(program.command("agent"))
    .description("render chunks for a controller elsewhere; the port is the first line on stdout")
    .action((flags: AgentFlags, command: Command) =>
      run(command, async (session) => (await import("./commands/agent.ts")).agentCommand(session, flags)),
    );

  addFleetOptions(program.command("fleet"))
    .description("rented machines: what is offered, what is rented, and the end of what should not be")
    .argument("<action>", "offers, ls, reap")
    .action((action: string, flags: FleetFlags, command: Command) =>
      run(command, async (session) =>
        (await import("./commands/fleet.ts")).fleetCommand(session, action, flags),
      ),
    );

  addFleetOptions(program.command("cost"))
    .description("what rented machines have cost, line by line with its basis")
    .option("--csv", "as CSV on stdout")
    .option("--reconcile <file>", "hold it against Amazon's cost and usage report")
    .action((flags: CostFlags, command: Command) =>
      run(command, async (session) => (await import("./commands/cost.ts")).costCommand(session, flags)),
    );

  program.commandsGroup("Other:");
  program.helpCommand("help [command]", "print the help of a command");
  program
    .command("doctor")
    .description("check this machine: memory, disk, encoders, fonts")
    .action((_flags: object, command: Command) =>
      run(command, async (session) => (await import("./commands/doctor.ts")).doctorCommand(session)),
    );
  return program;
}

const EXAMPLES = `Examples:
  npx reelburst make examples/article/ice.md        a film of a text
  npx reelburst render my-film -o out/my-film.mp4   of pictures and narrations
  npx reelburst serve                               in a browser, and over HTTP`;

const GUIDE = "Guide: README.md and docs/guide, in the folder of the program.";

const SOURCE = "a production file, or a folder with one or with pictures and narrations";

function helpWidth(stream: { readonly columns?: number | undefined }): number {
  return Math.min(100, stream.columns ?? 80);
}

function asSentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(capital) ? capital : `${capital}.`;
}
