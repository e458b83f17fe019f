/**
 * What stands behind the fake's machines: real agents, each a process on an address of its own (127.0.0.2, ...; Linux
 * answers on all of them), started with the settings that the machine's user data writes and ended with the machine.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import type { FakeEc2 } from "./fake-ec2.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

export class LocalMachines {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-machines-"));
  readonly #fake: FakeEc2;
  readonly #slots: number;
  readonly #agents = new Map<string, Promise<ChildProcess>>();
  readonly #timer: NodeJS.Timeout;

  /** @param slots of each agent */
  constructor(fake: FakeEc2, slots = 1) {
    this.#fake = fake;
    this.#slots = slots;
    // A high block, and not 127.0.0.1: whatever else runs on this machine.
    fake.addressOf = (id) => `127.77.${process.pid % 250}.${2 + (Number.parseInt(id.slice(2), 16) % 250)}`;
    this.#timer = setInterval(() => this.#look(), 50);
  }

  /** The cloud takes it back: gone without a word. */
  async kill(id: string): Promise<void> {
    (await this.#agents.get(id))?.kill("SIGKILL");
    this.#fake.world.takeBack(id);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#agents.keys()].map((id) => this.#end(id)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #look(): void {
    for (const instance of this.#fake.world.instances.values()) {
      // Other people's machines run whatever they run.
      if (instance.token === "") continue;
      const state = this.#fake.world.stateOf(instance);
      if (state === "running" && !this.#agents.has(instance.id)) {
        this.#agents.set(instance.id, this.#start(instance.id, instance.token));
      } else if (["shutting-down", "terminated"].includes(state)) void this.#end(instance.id);
    }
  }

  async #start(id: string, token: string): Promise<ChildProcess> {
    const launch = this.#fake.calls.find(
      ({ action, query }) => action === "RunInstances" && query.get("ClientToken") === token,
    );
    const script = Buffer.from(launch?.query.get("UserData") ?? "", "base64").toString();
    const folder = path.join(this.folder, id);
    mkdirSync(folder);
    const env = parseEnv(await run(settingsOf(script, folder), folder));
    const port = /agent --listen 0\.0\.0\.0:(\d+)/.exec(script)?.[1];
    return spawn(
      process.execPath,
      [MAIN, "agent", "--listen", `${this.#fake.addressOf(id)}:${port}`, "--slots", String(this.#slots)],
      {
        stdio: ["ignore", "ignore", "ignore"],
        env: {
          PATH: process.env["PATH"],
          ...env,
          REELBURST_CACHE_DIR: path.join(folder, "cache"),
          REELBURST_AGENT_FED_FILE: path.join(folder, "fed"),
          REELBURST_AGENT_END_COMMAND: "true",
        },
      },
    );
  }

  async #end(id: string): Promise<void> {
    const child = await this.#agents.get(id);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

/** The part of user data that writes the agent's settings, into another folder; then what it has written. */
function settingsOf(script: string, folder: string): string {
  const [, files = ""] = /(umask 077\n[\s\S]*?\n(?:REELBURST_END)\n)(?=command -v)/.exec(script) ?? [];
  return `${files.replaceAll("/etc/reelburst", folder)}cat ${folder}/agent.env\n`;
}

async function run(script: string, cwd: string): Promise<string> {
  const shell = spawn("sh", ["-e"], { cwd, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  shell.stdout.on("data", (data: Buffer) => {
    said += data.toString();
  });
  shell.stdin.end(script);
  await once(shell, "close");
  return said;
}
