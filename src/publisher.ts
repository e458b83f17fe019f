/**
 * The composition root of publishing, as `app.ts` is that of rendering: logins, the upload to YouTube, deliveries into a
 * store. Loaded by the command that publishes. One piece: the one place where settings meet every part.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Config, compileCacheFolder, type PublishSettings } from "./config.ts";
import { readApproval, writeApproval } from "./publish/approval-file.ts";
import { openFilmPackage } from "./publish/film-package.ts";
import type { PlatformWords } from "./publish/metadata.ts";
import { readMetadataFile } from "./publish/metadata-file.ts";
import type { PublishHooks, PublishNotice } from "./publish/platform.ts";
import {
  type PreparedPublication,
  type PublishWish,
  preparePublication,
} from "./publish/prepare-publication.ts";
import { lockPublication } from "./publish/publication-lock.ts";
import type { ReleasePlan } from "./publish/release-plan.ts";
import { type Delivery, deliverFilm } from "./publish/s3-delivery.ts";
import { AccessTokens } from "./publish/youtube/access-tokens.ts";
import { deleteAccount, readAccount, writeAccount } from "./publish/youtube/account-file.ts";
import { ApiClient } from "./publish/youtube/api-client.ts";
import { loginByDevice } from "./publish/youtube/device-login.ts";
import { GOOGLE_SERVERS, mayUpload, SCOPES, serversAt } from "./publish/youtube/google-servers.ts";
import { answerInvalid } from "./publish/youtube/http-answer.ts";
import { loginByLoopback } from "./publish/youtube/loopback-login.ts";
import { type Grant, type OAuthTools, revoke } from "./publish/youtube/oauth.ts";
import { publishToYouTube, type YouTubePublication } from "./publish/youtube/publish-to-youtube.ts";
import type { Patience } from "./publish/youtube/retrying.ts";
import type { ShrinkPicture } from "./publish/youtube/thumbnail.ts";
import { videoResource } from "./publish/youtube/video-resource.ts";
import { DEFAULT_LIMITS } from "./render/process/limits.ts";
import { RenderPool } from "./render/process/render-pool.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { parseStorageUrl } from "./storage/storage-url.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";
import { createSafeFetch } from "./support/safe-fetch/safe-fetch.ts";
import { createTempDir } from "./support/temp-dir.ts";

export type { PublishEvent } from "./publish/platform.ts";
export type { PublishWish } from "./publish/prepare-publication.ts";

/** What would be sent, or was: the same shape, so that a dry run shows the truth. */
export interface PublishReport {
  readonly film: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly words: PlatformWords;
  readonly release: ReleasePlan;
  /** The resource as YouTube's API takes it. */
  readonly video: unknown;
  readonly thumbnail: string | null;
  readonly captions: readonly { readonly path: string; readonly language: string }[];
  readonly notices: readonly PublishNotice[];
  /** null: not sent there, or a dry run. */
  readonly youtube: YouTubePublication | null;
  readonly delivery: Delivery | null;
}

export interface LoginHooks {
  readonly signal: AbortSignal;
  readonly onUrl: (url: string) => void;
  readonly onCode: (code: {
    readonly userCode: string;
    readonly url: string;
    readonly expiresInSeconds: number;
  }) => void;
}

export interface Publisher {
  /** All that is checked and decided before anything is sent; reads no login and no network. */
  prepare(wish: PublishWish, hooks: PublishHooks): Promise<PublishReport>;
  publish(wish: PublishWish, hooks: PublishHooks): Promise<PublishReport>;
  /** Notes beside the film that somebody has looked at it. @returns the file */
  approve(source: string, by: string): Promise<string>;
  login(
    account: string,
    options: { readonly device: boolean; readonly captions: boolean },
    hooks: LoginHooks,
  ): Promise<{ readonly file: string; readonly scopes: readonly string[] }>;
  /** Revokes the login at Google and deletes it here; `revoked` is false when Google did not know it any more. */
  logout(account: string, signal: AbortSignal): Promise<{ readonly revoked: boolean }>;
  close(): Promise<void>;
}

const ATTEMPTS = 8;

export function openPublisher(config: Config, settings: PublishSettings): Publisher {
  const servers = settings.googleOrigin === null ? GOOGLE_SERVERS : serversAt(settings.googleOrigin);
  const own = settings.googleOrigin === null ? [] : [settings.googleOrigin.replace("http://", "")];
  const fetch = createSafeFetch({ allowPrivate: own });
  const accountFolder = (name: string): string => path.join(settings.folder, "youtube", checkedAccount(name));
  const accountFile = (name: string): string => path.join(accountFolder(name), "login.json");
  const oauth = (): OAuthTools => ({ fetch, servers, client: requireClient(settings), now: systemClock.now });

  const prepare = async (wish: PublishWish, { signal }: PublishHooks): Promise<PreparedPublication> => {
    const [film, metadata] = await Promise.all([
      openFilmPackage(wish.source, signal),
      wish.metadataFile === undefined ? {} : readMetadataFile(wish.metadataFile),
    ]);
    return preparePublication(film, metadata, wish, await readApproval(film), systemClock.now());
  };

  const toYouTube = async (
    prepared: PreparedPublication,
    wish: PublishWish,
    hooks: PublishHooks,
  ): Promise<YouTubePublication> => {
    const { film, words, release, categoryId, language, thumbnail, captions } = prepared;
    const tools = oauth();
    const file = accountFile(wish.account);
    const account = await readAccount(file, tools.client.id);
    const lock = await lockPublication(
      path.join(accountFolder(wish.account), "uploads", `${film.sha256}.lock`),
    );
    try {
      const patience: Patience = {
        clock: systemClock,
        random: Math.random,
        signal: hooks.signal,
        attempts: ATTEMPTS,
        onRetry: (error, delayMs) => hooks.emit({ type: "retrying", error: error.toJSON(), delayMs }),
      };
      const tokens = new AccessTokens(file, account, tools, patience);
      return await publishToYouTube(
        film,
        {
          words: words.youtube,
          release,
          categoryId,
          language,
          thumbnail,
          captions,
          again: wish.again,
          videoId: wish.videoId === undefined ? null : checkedVideoId(wish.videoId),
        },
        {
          api: new ApiClient(fetch, tokens, servers, systemClock.now),
          patience,
          hooks,
          recordFile: path.join(accountFolder(wish.account), "uploads", `${film.sha256}.json`),
          shrink: shrinkWith(config),
        },
      );
    } finally {
      lock.release();
    }
  };

  return {
    prepare: async (wish, hooks) => reportOf(await prepare(wish, hooks)),
    publish: async (wish, hooks) => {
      // Before a large film is read: whoever has to log in first should not wait for that.
      if (wish.to === "youtube") await readAccount(accountFile(wish.account), oauth().client.id);
      const prepared = await prepare(wish, hooks);
      const report = reportOf(prepared);
      for (const notice of report.notices) hooks.emit({ type: "notice", notice });
      if (wish.to === "youtube") return { ...report, youtube: await toYouTube(prepared, wish, hooks) };
      const store = await openStore(wish.storageUrl ?? settings.storageUrl, settings);
      try {
        const { sha256, sizeBytes, words } = report;
        const metadata = {
          film: "film.mp4",
          sha256,
          sizeBytes,
          seconds: prepared.film.seconds,
          words,
        };
        const delivery = await deliverFilm(prepared.film, store, { metadata, replace: wish.replace }, hooks);
        return { ...report, delivery };
      } finally {
        await store.close();
      }
    },
    approve: async (source, by) => {
      const film = await openFilmPackage(source);
      const at = new Date(systemClock.now()).toISOString();
      return writeApproval(film, { sha256: film.sha256, by, at });
    },
    login: async (name, { device, captions }, { signal, onUrl, onCode }) => {
      const tools = oauth();
      const file = accountFile(name);
      if (device && captions) {
        throw new ReelburstError("USAGE", "The device flow can't have the right to captions.", {
          path: "--with-captions",
          hint: "Log in without --device, on a machine with a browser.",
        });
      }
      const hooks = { clock: systemClock, signal };
      const grant = device
        ? await loginByDevice([SCOPES.account], tools, { ...hooks, onCode })
        : await loginByLoopback(captions ? [SCOPES.upload, SCOPES.captions] : [SCOPES.upload], tools, {
            ...hooks,
            onUrl,
          });
      const scopes = requireScopes(grant);
      if (grant.refreshToken === null) throw answerInvalid("to the login holds no refresh token");
      await writeAccount(file, {
        version: 1,
        clientId: tools.client.id,
        refreshToken: grant.refreshToken,
        accessToken: grant.accessToken,
        expiresAtMs: grant.expiresAtMs,
        scopes: [...scopes],
      });
      return { file, scopes };
    },
    logout: async (name, signal) => {
      const tools = oauth();
      const file = accountFile(name);
      const { refreshToken } = await readAccount(file, tools.client.id);
      try {
        return { revoked: await revoke(refreshToken, tools, signal) };
      } finally {
        // Whatever Google says: who logs out must not find the login here afterwards.
        await deleteAccount(file);
      }
    },
    close: () => fetch.close(),
  };
}

/** The same shape for what would be sent and for what was. */
function reportOf(prepared: PreparedPublication): PublishReport {
  const { film, words, release, categoryId, language, thumbnail, captions, notices } = prepared;
  return {
    film: film.film,
    sha256: film.sha256,
    sizeBytes: film.sizeBytes,
    words,
    release,
    video: videoResource({ words: words.youtube, release, categoryId, language }),
    thumbnail,
    captions,
    notices,
    youtube: null,
    delivery: null,
  };
}

function requireScopes({ scopes }: Grant): readonly string[] {
  if (scopes !== null && mayUpload(scopes)) return scopes;
  throw new ReelburstError("YOUTUBE_SCOPE_MISSING", "The login does not allow uploads.", {
    hint: "Log in again and leave every box on Google's page ticked.",
  });
}

function requireClient({ youtubeClient }: PublishSettings) {
  if (youtubeClient !== null) return youtubeClient;
  throw new ReelburstError("YOUTUBE_CLIENT_MISSING", "There is no OAuth client to speak to YouTube with.", {
    path: "YOUTUBE_CLIENT_ID",
    hint: "Make one in the Google Cloud console and set YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET.",
  });
}

function checkedVideoId(id: string): string {
  if (/^[\w-]{1,64}$/.test(id)) return id;
  throw new ReelburstError("USAGE", `${JSON.stringify(id.slice(0, 80))} is no id of a video.`, {
    path: "--video-id",
    hint: "It is what follows v= in the video's address.",
  });
}

/** It becomes a folder's name. */
function checkedAccount(name: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,39}$/.test(name)) return name;
  throw new ReelburstError("USAGE", `${JSON.stringify(name.slice(0, 60))} can't be the name of an account.`, {
    path: "--account",
    hint: "Use up to 40 lower-case letters, digits, - and _.",
  });
}

async function openStore(url: string | null, settings: PublishSettings): Promise<ObjectStore> {
  if (url === null) {
    throw new ReelburstError("USAGE", "Nothing says which store to deliver to.", {
      path: "--store",
      hint: "Give --store s3://bucket/prefix?region=…, or set STORAGE_URL.",
    });
  }
  const target = parseStorageUrl(url);
  if (target.kind === "file") {
    const { FileObjectStore } = await import("./storage/file/file-object-store.ts");
    return new FileObjectStore({ folder: target.folder, clock: systemClock });
  }
  const { openS3Store } = await import("./storage/s3/s3-object-store.ts");
  const credentials = settings.s3Credentials;
  return openS3Store({ ...target, clock: systemClock, ...(credentials !== null && { credentials }) });
}

/** In the limited child process: the picture may be anybody's. */
function shrinkWith(config: Config): ShrinkPicture {
  return async (file, maxBytes, signal) => {
    const temp = await createTempDir(path.join(config.cacheDirectory, "tmp"));
    const pool = new RenderPool(1, {
      limits: DEFAULT_LIMITS,
      tempRoot: temp.path,
      compileCache: compileCacheFolder(config),
    });
    try {
      const output = path.join(temp.path, "thumbnail.jpg");
      await pool.run("shrinkPicture", { path: file, output, maxBytes }, { signal });
      return await readFile(output);
    } finally {
      await pool.close();
      await temp.remove();
    }
  };
}
