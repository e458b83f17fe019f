import { ReelburstError } from "../../support/errors.ts";
import { parseRetryAfter } from "../../support/safe-fetch/attempts.ts";
import { isRetryableStatus } from "../../support/safe-fetch/fetch-errors.ts";
import { type HttpAnswer, jsonObject } from "./http-answer.ts";

/** A refusal by the API, in our words; Google's own word stays in `reason`. */
export class YouTubeError extends ReelburstError {
  readonly status: number;
  /** `quotaExceeded`, `invalidTitle`; null when none was given. */
  readonly reason: string | null;
  readonly retryAfterMs: number;

  constructor(
    error: ReelburstError,
    facts: { readonly status: number; readonly reason: string | null; readonly retryAfterMs: number },
  ) {
    super(error.code, error.message, error);
    this.status = facts.status;
    this.reason = facts.reason;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

interface Meaning {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly path?: string;
  readonly retryable?: true;
}

/**
 * Reasons by the API's own names (developers.google.com/youtube/v3/docs/errors and the pages of videos.insert,
 * thumbnails.set and captions.insert). Those that mean a passing load have the same status 403 as those that last a day.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  quotaExceeded: {
    code: "YOUTUBE_QUOTA_EXCEEDED",
    message: "The project's daily quota of the YouTube API is used up.",
    hint: "Run the same command after midnight Pacific Time; what was sent is kept. Or ask Google for more quota.",
  },
  dailyLimitExceeded: {
    code: "YOUTUBE_QUOTA_EXCEEDED",
    message: "The project's daily limit of the YouTube API is used up.",
    hint: "Run the same command after midnight Pacific Time; what was sent is kept.",
  },
  uploadLimitExceeded: {
    code: "YOUTUBE_UPLOAD_LIMIT",
    message: "The channel has uploaded as many videos as YouTube lets it in 24 hours.",
    hint: "Run the same command in 24 hours.",
  },
  rateLimitExceeded: slowDown(),
  userRateLimitExceeded: slowDown(),
  uploadRateLimitExceeded: slowDown(),
  backendError: {
    code: "YOUTUBE_UNAVAILABLE",
    message: "YouTube has a fault of its own.",
    hint: "Run the same command later.",
    retryable: true,
  },
  invalidTitle: refused("title", "the title"),
  invalidDescription: refused("description", "the description"),
  invalidTags: refused("tags", "the tags"),
  invalidCategoryId: refused("category", "the category"),
  invalidPublishAt: refused("--schedule", "the time of publication"),
  invalidVideoMetadata: refused("metadata", "the metadata"),
  defaultLanguageNotSet: refused("language", "the language"),
  invalidFilename: refused("film", "the film's name"),
  youtubeSignupRequired: {
    code: "YOUTUBE_CHANNEL_MISSING",
    message: "The Google account has no YouTube channel.",
    hint: "Create one at youtube.com, or log in with the account that has it.",
  },
  authenticatedUserAccountSuspended: forbidden("The account's channel is suspended."),
  authenticatedUserAccountClosed: forbidden("The account's channel is closed."),
  accessNotConfigured: forbidden("The YouTube Data API is not enabled for this client's project."),
  SERVICE_DISABLED: forbidden("The YouTube Data API is not enabled for this client's project."),
  forbiddenPrivacySetting: forbidden("The channel may not publish with this visibility."),
  forbiddenLicenseSetting: forbidden("The channel may not use this licence."),
  insufficientPermissions: scopeMissing(),
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: scopeMissing(),
  videoNotFound: {
    code: "YOUTUBE_VIDEO_GONE",
    message: "YouTube does not know the video any more.",
    hint: "If it was deleted on purpose, upload it anew with --again.",
  },
  captionExists: {
    code: "YOUTUBE_CAPTIONS_EXIST",
    message: "The video has captions of this language and name already.",
    hint: "Nothing, or replace them in YouTube Studio.",
  },
  invalidImage: refused("thumbnail", "the thumbnail"),
};

/** @returns null for 2xx and 308 */
export function apiError({ status, headers, text }: HttpAnswer, now: number): YouTubeError | null {
  if ((status >= 200 && status < 300) || status === 308) return null;
  const { reason, said } = readReason(text);
  const retryAfterMs = parseRetryAfter(headers["retry-after"], now) ?? 0;
  const meaning =
    (reason !== null && Object.hasOwn(MEANINGS, reason) ? MEANINGS[reason] : undefined) ?? byStatus(status);
  const words = said === "" ? "" : ` YouTube says: ${JSON.stringify(said)}.`;
  return new YouTubeError(
    new ReelburstError(meaning.code, `${meaning.message}${words}`, {
      hint: meaning.hint,
      path: meaning.path,
      retryable: meaning.retryable === true,
    }),
    { status, reason, retryAfterMs },
  );
}

/** Google's shape: `{error: {code, message, errors: [{reason}], details: [{reason}]}}`; anything else has no reason. */
function readReason(text: string): { readonly reason: string | null; readonly said: string } {
  const error = jsonObject(text)?.["error"];
  if (typeof error !== "object" || error === null) return { reason: null, said: "" };
  const { message, errors, details } = error as Record<string, unknown>;
  const reasons = [errors, details]
    .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
    .map((each) => (typeof each === "object" && each !== null && "reason" in each ? each.reason : null))
    .filter((each): each is string => typeof each === "string");
  const known = reasons.find((each) => Object.hasOwn(MEANINGS, each));
  const said = typeof message === "string" ? message.replace(/<[^>]*>/g, "").slice(0, 200) : "";
  return { reason: known ?? reasons[0] ?? null, said };
}

function byStatus(status: number): Meaning {
  if (isRetryableStatus(status)) {
    return {
      code: "YOUTUBE_UNAVAILABLE",
      message: `YouTube answered with HTTP ${status}.`,
      hint: "Run the same command later; what was sent is kept.",
      retryable: true,
    };
  }
  if (status === 401) {
    return {
      code: "YOUTUBE_LOGIN_NEEDED",
      message: "YouTube does not accept the login.",
      hint: 'Log in with "publish login youtube".',
    };
  }
  if (status === 403) return forbidden("YouTube does not allow this.");
  return {
    code: "YOUTUBE_REFUSED",
    message: `YouTube refused the request with HTTP ${status}.`,
    hint: "Read what YouTube says; if it makes no sense, report it.",
  };
}

function slowDown(): Meaning {
  return {
    code: "YOUTUBE_UNAVAILABLE",
    message: "YouTube asks to send more slowly.",
    hint: "Run the same command later; what was sent is kept.",
    retryable: true,
  };
}

function refused(path: string, what: string): Meaning {
  return {
    code: "YOUTUBE_METADATA_REFUSED",
    message: `YouTube refuses ${what}.`,
    hint: "Change it and run again.",
    path,
  };
}

function forbidden(message: string): Meaning {
  return {
    code: "YOUTUBE_FORBIDDEN",
    message,
    hint: "Check the channel in YouTube Studio and the project in the Google Cloud console.",
  };
}

function scopeMissing(): Meaning {
  return {
    code: "YOUTUBE_SCOPE_MISSING",
    message: "The login does not allow this.",
    hint: 'Log in again with "publish login youtube"; captions want --with-captions.',
  };
}
