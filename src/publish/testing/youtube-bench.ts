import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { FakeYouTube } from "../../../test/fakes/youtube/fake-youtube.ts";
import { type Clock, systemClock } from "../../support/clock.ts";
import type { SafeFetch } from "../../support/safe-fetch/contract.ts";
import { createSafeFetch } from "../../support/safe-fetch/safe-fetch.ts";
import { type FilmPackage, openFilmPackage } from "../film-package.ts";
import type { PublishEvent } from "../platform.ts";
import { AccessTokens } from "../youtube/access-tokens.ts";
import { type Account, readAccount, writeAccount } from "../youtube/account-file.ts";
import { ApiClient } from "../youtube/api-client.ts";
import { SCOPES, serversAt } from "../youtube/google-servers.ts";
import type { OAuthTools } from "../youtube/oauth.ts";
import {
  publishToYouTube,
  type YouTubePublication,
  type YouTubeTools,
  type YouTubeWish,
} from "../youtube/publish-to-youtube.ts";
import { mp4Bytes } from "./mp4-file.ts";

/** Time passes at once when somebody waits for it; waits are kept in `waits`. */
export function eagerClock(waits: number[] = []): Clock {
  return {
    ...systemClock,
    after: (delayMs, callback) => {
      waits.push(delayMs);
      const soon = setImmediate(callback);
      return () => clearImmediate(soon);
    },
  };
}

/** A fake YouTube, a login for it and a film, in a folder of their own. */
export class YouTubeBench {
  readonly fake = new FakeYouTube();
  readonly events: PublishEvent[] = [];
  /** Milliseconds waited for, in order. */
  readonly waits: number[] = [];
  readonly folder: string;
  readonly film: string;
  #fetch: SafeFetch | null = null;
  #abort = new AbortController();

  private constructor(folder: string) {
    this.folder = folder;
    this.film = path.join(folder, "film.mp4");
  }

  static async open(scopes: readonly string[] = [SCOPES.upload]): Promise<YouTubeBench> {
    const bench = new YouTubeBench(await mkdtemp(path.join(os.tmpdir(), "reelburst-publish-")));
    const origin = await bench.fake.listen();
    bench.#fetch = createSafeFetch({ allowPrivate: [origin.replace("http://", "")], connectMs: 500 });
    await bench.login(scopes);
    await bench.newFilm();
    return bench;
  }

  get accountFile(): string {
    return path.join(this.folder, "account", "login.json");
  }

  get recordFile(): string {
    return path.join(this.folder, "account", "uploads", "record.json");
  }

  get fetch(): SafeFetch {
    if (this.#fetch === null) throw new Error("not open");
    return this.#fetch;
  }

  /** 1.6 MB: seven chunks of 256 KiB, the last a piece. */
  async newFilm(sizeBytes = 1_600_123): Promise<Buffer> {
    const bytes = mp4Bytes(sizeBytes);
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.film, bytes);
    return bytes;
  }

  async login(scopes: readonly string[], changes: Partial<Account> = {}): Promise<void> {
    const tokens = this.fake.grant(scopes);
    await writeAccount(this.accountFile, {
      version: 1,
      clientId: this.fake.client.id,
      ...tokens,
      expiresAtMs: Date.now() + 3_600_000,
      scopes: [...scopes],
      ...changes,
    });
  }

  oauth(): OAuthTools {
    return {
      fetch: this.fetch,
      servers: serversAt(this.fake.origin),
      client: this.fake.client,
      now: Date.now,
    };
  }

  abort(): void {
    this.#abort.abort();
  }

  async package(): Promise<FilmPackage> {
    return openFilmPackage(this.film);
  }

  /** One run, as a process of its own would do it: everything known comes from the disk. */
  async publish(
    wish: Partial<YouTubeWish> = {},
    tools: Partial<YouTubeTools> = {},
    film?: FilmPackage,
  ): Promise<YouTubePublication> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const patience = {
      clock: eagerClock(this.waits),
      random: () => 0.5,
      signal,
      attempts: 5,
      onRetry: () => {},
    };
    const account = await readAccount(this.accountFile, this.fake.client.id);
    const tokens = new AccessTokens(this.accountFile, account, this.oauth(), patience);
    return publishToYouTube(
      film ?? (await this.package()),
      {
        words: { title: "The harbour", description: "At dawn.", tags: ["harbour"] },
        release: { visibility: "private", publishAtMs: null, madeForKids: null, syntheticMedia: null },
        categoryId: "22",
        language: null,
        thumbnail: null,
        captions: [],
        again: false,
        videoId: null,
        ...wish,
      },
      {
        api: new ApiClient(this.fetch, tokens, serversAt(this.fake.origin), Date.now),
        patience,
        hooks: { signal, emit: (event) => void this.events.push(event) },
        recordFile: this.recordFile,
        shrink: () => Promise.reject(new Error("nothing to shrink")),
        chunkBytes: 256 * 1024,
        chunkTimeoutMs: 5000,
        ...tools,
      },
    );
  }

  async close(): Promise<void> {
    await this.#fetch?.close();
    await this.fake.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
