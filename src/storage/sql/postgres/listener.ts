import { Client, type ClientConfig } from "pg";
import { closedError, databaseError } from "../database-errors.ts";

type Listener = (payload: string | null) => void;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A connection that died without a word (a firewall, a pulled cable) shows only when something is sent. */
const CHECK_MS = 15_000;

/**
 * One connection of its own for everything that is listened to: a pool hands its connections around and LISTEN
 * belongs to one. It is made with the first listener and made again whenever it is lost; then every listener gets
 * null, because what was said in between is gone.
 */
export class PostgresListener {
  readonly #config: ClientConfig;
  readonly #channels = new Map<string, Set<Listener>>();
  /** Resolves when the current connection listens to all channels; null when there is none. */
  #connection: Promise<Client> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  async listen(channel: string, listener: Listener): Promise<() => Promise<void>> {
    if (this.#closed) throw closedError();
    const own: Listener = (payload) => listener(payload);
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners.add(own));
    try {
      await this.#listenTo(channel);
    } catch (error) {
      this.#forget(channel, own);
      throw databaseError(error);
    }
    return async () => this.#forget(channel, own);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const client = await this.#connection?.catch(() => null);
    this.#connection = null;
    client?.removeAllListeners();
    // What it still has to say about its own end is nobody's business any more.
    client?.on("error", () => {});
    await client?.end().catch(() => {});
  }

  /** Unlistening is left out: a few unheard channels cost nothing, and the connection ends with the program. */
  #forget(channel: string, listener: Listener): void {
    const listeners = this.#channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#channels.delete(channel);
  }

  async #listenTo(channel: string): Promise<void> {
    if (this.#connection === null) this.#connection = this.#connect();
    const client = await this.#connection;
    // One statement at a time on one connection; `pg` no longer lines them up by itself.
    const turn = this.#last.then(() => client.query(`LISTEN ${channel}`));
    this.#last = turn.catch(() => {});
    await turn;
  }

  async #connect(): Promise<Client> {
    const client = new Client(this.#config);
    let isLost = false;
    const lost = (): void => {
      if (isLost) return;
      isLost = true;
      client.removeAllListeners();
      client.on("error", () => {});
      void client.end().catch(() => {});
      if (this.#closed) return;
      this.#connection = null;
      this.#reconnectLater();
    };
    client.on("notification", (message: { channel: string; payload?: string }) => {
      for (const listener of this.#channels.get(message.channel) ?? []) listener(message.payload ?? "");
    });
    try {
      await client.connect();
      for (const channel of this.#channels.keys()) await client.query(`LISTEN ${channel}`);
    } catch (error) {
      this.#connection = null;
      client.removeAllListeners();
      client.on("error", () => {});
      void client.end().catch(() => {});
      throw error;
    }
    client.on("error", lost);
    client.on("end", lost);
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#checkLater(client, lost);
    return client;
  }

  #reconnectLater(): void {
    this.#timer = setTimeout(async () => {
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      try {
        this.#connection ??= this.#connect();
        await this.#connection;
      } catch {
        if (!this.#closed) this.#reconnectLater();
        return;
      }
      for (const listeners of this.#channels.values()) for (const listener of listeners) listener(null);
    }, this.#pauseMs);
    this.#timer.unref();
  }

  #checkLater(client: Client, lost: () => void): void {
    const timer = setTimeout(async () => {
      if (this.#closed) return;
      try {
        const turn = this.#last.then(() => client.query("SELECT 1"));
        this.#last = turn.catch(() => {});
        await turn;
        this.#checkLater(client, lost);
      } catch {
        lost();
      }
    }, CHECK_MS);
    timer.unref();
    this.#timer = timer;
  }
}
