import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ReelburstError } from "../../support/errors.ts";
import { readError } from "../../support/file-errors.ts";
import type { FilmPackage } from "../film-package.ts";
import type { PublishedPart } from "../platform.ts";
import { YouTubeError } from "./api-error.ts";
import { insertCaptions } from "./caption-track.ts";
import { mayCaption } from "./google-servers.ts";
import { retrying } from "./retrying.ts";
import { openThumbnail, type ShrinkPicture, setThumbnail } from "./thumbnail.ts";
import { type UploadTools, uploadFilm } from "./upload-film.ts";
import { newRecord, readRecord, type UploadRecord, writeRecord } from "./upload-record.ts";
import { CHUNK_MS, CHUNK_UNIT } from "./upload-session.ts";
import { type VideoSettings, videoResource } from "./video-resource.ts";

export interface YouTubeWish extends VideoSettings {
  /** null: none. */
  readonly thumbnail: string | null;
  readonly captions: readonly { readonly path: string; readonly language: string }[];
  /** Upload it although it is there: the video was deleted, say. */
  readonly again: boolean;
  /** The video that an earlier, unconfirmed upload has become. */
  readonly videoId: string | null;
}

export interface YouTubePublication {
  readonly videoId: string;
  readonly url: string;
  readonly channelId: string | null;
  /** As YouTube confirmed it; null when it did not say. */
  readonly privacyStatus: string | null;
  readonly publishAt: string | null;
  /** false: an earlier run has uploaded it. */
  readonly uploadedNow: boolean;
  readonly parts: readonly PublishedPart[];
}

export interface YouTubeTools extends UploadTools {
  /** `UploadRecord` of this film and account. */
  readonly recordFile: string;
  readonly shrink: ShrinkPicture;
  readonly chunkBytes?: number;
  readonly chunkTimeoutMs?: number;
}

/** A few seconds on a good line, and what a kill sends again at most. */
const CHUNK_BYTES = 32 * CHUNK_UNIT;

/**
 * The film first, then what belongs to it. A part that fails does not undo the video: it is told, and the next run does it.
 * The caller holds the film's lock.
 * @throws ReelburstError YOUTUBE_*, PUBLISH_*, for what concerns the video itself
 */
export async function publishToYouTube(
  film: FilmPackage,
  wish: YouTubeWish,
  tools: YouTubeTools,
): Promise<YouTubePublication> {
  const { hooks, recordFile } = tools;
  const save = (changed: UploadRecord): Promise<void> => writeRecord(recordFile, changed);
  let record = await startingRecord(film, wish, tools);
  const uploadedNow = record.video === null;
  if (record.video === null) {
    hooks.emit({ type: "step", step: "video", state: "started" });
    const upload = {
      film,
      title: wish.words.title,
      resource: videoResource(wish),
      chunkBytes: tools.chunkBytes ?? CHUNK_BYTES,
      chunkTimeoutMs: tools.chunkTimeoutMs ?? CHUNK_MS,
      save,
    };
    record = await uploadFilm(upload, record, tools);
    hooks.emit({ type: "step", step: "video", state: "done" });
  } else {
    hooks.emit({ type: "step", step: "video", state: "kept" });
    tellDifferences(record, wish, tools);
  }
  const video = record.video as NonNullable<UploadRecord["video"]>;
  const parts: PublishedPart[] = [];
  const part = async (name: string, work: () => Promise<"done" | "kept">): Promise<void> => {
    hooks.emit({ type: "step", step: name, state: "started" });
    try {
      const state = await work();
      parts.push({ part: name, state, error: null });
      hooks.emit({ type: "step", step: name, state });
    } catch (thrown) {
      if (hooks.signal.aborted) throw thrown;
      const error = ReelburstError.from(thrown);
      parts.push({ part: name, state: "failed", error: error.toJSON() });
      hooks.emit({ type: "step", step: name, state: "failed" });
    }
  };
  if (wish.thumbnail !== null) {
    const file = wish.thumbnail;
    await part("thumbnail", async () => {
      const picture = await openThumbnail(file, tools.shrink, hooks.signal);
      const digest = sha256(picture.bytes);
      if (record.thumbnail === digest) return "kept";
      await retrying(() => setThumbnail(tools.api, video.id, picture, hooks.signal), tools.patience);
      record = { ...record, thumbnail: digest };
      await save(record);
      return "done";
    });
  }
  for (const { path, language } of wish.captions) {
    await part(`captions.${language}`, async () => {
      const bytes = await readFile(path).catch((error: unknown) => {
        throw readError(error, path);
      });
      const digest = sha256(bytes);
      if (record.captions[language] === digest) return "kept";
      const replaced = record.captions[language] !== undefined;
      const state = await sendCaptions({ videoId: video.id, language, bytes }, replaced, tools);
      record = { ...record, captions: { ...record.captions, [language]: digest } };
      await save(record);
      return state;
    });
  }
  return {
    videoId: video.id,
    url: `https://www.youtube.com/watch?v=${video.id}`,
    channelId: video.channelId,
    privacyStatus: video.privacyStatus,
    publishAt: video.publishAt,
    uploadedNow,
    parts,
  };
}

async function startingRecord(
  film: FilmPackage,
  wish: YouTubeWish,
  tools: YouTubeTools,
): Promise<UploadRecord> {
  const fresh = newRecord(film);
  if (wish.videoId !== null) {
    const adopted = {
      id: wish.videoId,
      channelId: null,
      privacyStatus: null,
      publishAt: null,
      uploadedAtMs: tools.patience.clock.now(),
    };
    const record = { ...fresh, video: adopted };
    await writeRecord(tools.recordFile, record);
    return record;
  }
  if (!wish.again) return (await readRecord(tools.recordFile)) ?? fresh;
  // A damaged record is no reason to refuse what was asked for in so many words.
  const known = await readRecord(tools.recordFile).catch(() => null);
  // `--again` means another video, not another beginning of one that is half there.
  return known?.video === null && known.session?.lastByteSent === false ? known : fresh;
}

/** What an uploaded video has become can be changed in YouTube Studio; our rights do not allow it. */
function tellDifferences(record: UploadRecord, { release }: YouTubeWish, { hooks }: YouTubeTools): void {
  const { video } = record;
  if (video === null || video.privacyStatus === null) return;
  const wanted = release.publishAtMs === null ? release.visibility : "private";
  const sameTime =
    release.publishAtMs === null
      ? video.publishAt === null
      : video.publishAt !== null && Date.parse(video.publishAt) === release.publishAtMs;
  if (video.privacyStatus === wanted && sameTime) return;
  hooks.emit({
    type: "notice",
    notice: {
      code: "PUBLISH_VISIBILITY_KEPT",
      message: `The video is on YouTube already, uploaded as ${video.privacyStatus}; that is not changed.`,
      hint: "Change it in YouTube Studio.",
    },
  });
}

/**
 * Captions of this language that are there already were sent by a run that could not note it, or by hand; either way the
 * video has some. Not so when the file has changed since (`replaced`): then the old ones are still shown, and that is said.
 */
async function sendCaptions(
  track: Parameters<typeof insertCaptions>[1],
  replaced: boolean,
  { api, patience, hooks }: YouTubeTools,
): Promise<"done" | "kept"> {
  if (!mayCaption(api.scopes())) {
    throw new ReelburstError("YOUTUBE_SCOPE_MISSING", "The login does not allow captions.", {
      hint: 'Log in again with "publish login youtube --with-captions"; the device flow can\'t have this right.',
    });
  }
  return retrying(async () => {
    try {
      await insertCaptions(api, track, hooks.signal);
      return "done";
    } catch (error) {
      if (!replaced && error instanceof YouTubeError && error.code === "YOUTUBE_CAPTIONS_EXIST")
        return "kept";
      throw error;
    }
  }, patience);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
