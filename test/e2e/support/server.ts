/** The real server as a child process, and a client for it that knows nothing but HTTP. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { mainProcessOf } from "./cli.ts";

const PROGRAM = fileURLToPath(new URL("../../../bin/reelburst.js", import.meta.url));

export interface ServedOptions {
  readonly data: string;
  readonly cache: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServerEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export class Served {
  readonly url: string;
  readonly child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #log: () => string;

  private constructor(url: string, child: ChildProcess, ended: Promise<number | null>, log: () => string) {
    this.url = url;
    this.child = child;
    this.#ended = ended;
    this.#log = log;
  }

  static async start({ data, cache, args = [], env = {} }: ServedOptions): Promise<Served> {
    const child = spawn(
      process.execPath,
      [PROGRAM, "serve", "--port", "0", "--data", data, "--json", ...args],
      {
        env: {
          PATH: process.env["PATH"],
          HOME: data,
          REELBURST_CACHE_DIR: cache,
          REELBURST_SLOTS: "2",
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let log = "";
    child.stderr.on("data", (text: Buffer) => {
      log += text.toString();
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once("close", (code) => resolve(code));
    });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", (line) => {
        const said = JSON.parse(line) as { type: string; url?: string };
        if (said.type === "listening" && said.url !== undefined) resolve(said.url);
        else reject(new Error(line));
      });
      void ended.then((code) => reject(new Error(`The server ended with ${code}: ${log}`)));
    });
    return new Served(url, child, ended, () => log);
  }

  get log(): string {
    return this.#log();
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.#ended;
  }

  async kill(): Promise<void> {
    const main = mainProcessOf(this.child);
    if (main !== null) process.kill(main, "SIGKILL");
    await this.#ended;
  }

  /** @returns `asset:<sha256>` */
  async upload(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const response = await fetch(`${this.url}/v1/assets/${sha256}`, { method: "PUT", body: bytes });
    if (!response.ok) throw new Error(await response.text());
    return `asset:${sha256}`;
  }

  async post(path: string, body: unknown = null, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: "POST",
      ...(body === null
        ? { headers }
        : {
            headers: { "content-type": "application/json", ...headers },
            body: JSON.stringify(body),
          }),
    });
  }

  async get(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}${path}`);
    return (await response.json()) as Record<string, unknown>;
  }

  /** Events until the stream ends, or until `until` says so. */
  async follow(
    id: string,
    options: { readonly after?: number; readonly until?: (event: ServerEvent) => boolean } = {},
  ): Promise<ServerEvent[]> {
    const stop = new AbortController();
    const response = await fetch(`${this.url}/v1/productions/${id}/events`, {
      headers: options.after === undefined ? {} : { "last-event-id": String(options.after) },
      signal: stop.signal,
    });
    if (response.body === null) throw new Error("no body");
    const events: ServerEvent[] = [];
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      text += part;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const match = /^id: (\d+)\nevent: (\w+)\ndata: (.+)$/.exec(block);
        if (match === null) continue;
        const [, sequence, type = "", data = ""] = match;
        const event = { id: Number(sequence), type, data: JSON.parse(data) as Record<string, unknown> };
        events.push(event);
        if (options.until?.(event) === true) {
          stop.abort();
          return events;
        }
      }
    }
    return events;
  }
}
