/** Which video files are opened at all, and what is said of the others. */
import { closeSync, openSync, readSync } from "node:fs";
import { AV_LOG_FATAL } from "node-av/constants";
import { FormatContext, Log } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import { looksLikePlaylist } from "../../audio/container-check.ts";
import { MAX_VIDEO_PIXELS } from "../limits.ts";
import { AUDIO_CODECS } from "./audio-input.ts";
import { setOptions } from "./av.ts";

/**
 * Containers that state when each frame is shown and where the keyframes are. MPEG-TS has no index and AVI no times of
 * presentation: which frame is on screen at second 7 would be a guess.
 */
const VIDEO_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm";
export const VIDEO_CODECS = [
  "h264",
  "hevc",
  "vp8",
  "vp9",
  "libdav1d",
  "av1",
  "mpeg4",
  "mpeg2video",
  "prores",
  "mjpeg",
];
/** For hints. */
export const ACCEPTED_VIDEO = "mp4, mov, mkv or webm with H.264, HEVC, VP8, VP9, AV1, MPEG-4 or ProRes";
/** A real recording has a handful; a forged header may announce thousands. */
const MAX_STREAMS = 64;
const EINVAL = -22;
const HEAD_BYTES = 4096;

/** @throws ReelburstError VIDEO_TOO_LARGE, VIDEO_UNREADABLE */
export function requireSize(path: string, width: number, height: number): void {
  if (!(width > 0 && height > 0)) {
    throw new ReelburstError("VIDEO_UNREADABLE", `${path} does not say how large its picture is.`, {
      path,
      hint: "Export the video again.",
    });
  }
  if (width * height <= MAX_VIDEO_PIXELS) return;
  throw new ReelburstError(
    "VIDEO_TOO_LARGE",
    `${path} has a picture of ${width} x ${height} pixels; the limit is ${(MAX_VIDEO_PIXELS / 1e6).toFixed(0)} MP (8192 x 4320).`,
    { path, hint: "Scale it down; the largest film shows 7680 x 4320." },
  );
}

/** Refused tracks and damaged frames are told in our own words; libav would log lines for each. */
export function quietly(action: () => number): number {
  const level = Log.getLevel();
  Log.setLevel(AV_LOG_FATAL);
  try {
    return action();
  } finally {
    Log.setLevel(level);
  }
}

export function openAllowed(path: string): FormatContext {
  const head = readHead(path);
  if (looksLikePlaylist(head)) throw notAllowed(path, "is a list of other files, not a video");
  const input = new FormatContext();
  input.allocContext();
  const options = {
    format_whitelist: VIDEO_DEMUXERS,
    protocol_whitelist: "file",
    codec_whitelist: [...VIDEO_CODECS, ...AUDIO_CODECS].join(","),
    max_streams: String(MAX_STREAMS),
  };
  setOptions(input, options, "input");
  const result = quietly(() => input.openInputSync(`file:${path}`, null, null));
  if (result >= 0) return input;
  input.freeContext();
  if (result === EINVAL) throw notAllowed(path, "is in a format that is not accepted for video");
  const mp4 = String.fromCharCode(...head.subarray(4, 8)) === "ftyp";
  if (mp4) {
    throw new ReelburstError("VIDEO_TRUNCATED", `${path} is cut off or damaged: its index is missing.`, {
      path,
      hint: "Copy, download or export the file again.",
    });
  }
  throw new ReelburstError("VIDEO_UNREADABLE", `${path} is no video file, or it is damaged at its start.`, {
    path,
    hint: `Use ${ACCEPTED_VIDEO}; if it should be one of these, export or download it again.`,
  });
}

function readHead(path: string): Buffer {
  try {
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.subarray(0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new ReelburstError("VIDEO_UNREADABLE", `${path} cannot be read: ${(cause as Error).message}.`, {
      path,
      hint: "Check the path and its permissions.",
      cause,
    });
  }
}

export function notAllowed(path: string, what: string): ReelburstError {
  return new ReelburstError("FORMAT_NOT_ALLOWED", `${path} ${what}.`, {
    path,
    hint: `Use ${ACCEPTED_VIDEO}.`,
  });
}
