import { z } from "zod";
import { MAX_FPS, MIN_FPS, parseFrameRate } from "./frame-rate.ts";
import { parseLanguage } from "./language.ts";
import { isUrl } from "./source-path.ts";
import { parseTimeSpan } from "./time-span.ts";

/** An optional field with the text that editors show for it, and its default where that is one value. */
export function field<T extends z.ZodType>(
  schema: T,
  description: string,
  defaultValue?: unknown,
): z.ZodOptional<T> {
  const meta = defaultValue === undefined ? { description } : { description, default: defaultValue };
  return schema.meta(meta).optional();
}

type IssueSink = Pick<z.core.$RefinementCtx, "addIssue">;

/** Refuses through a check of our own, with the code and the hint that `schema-issues.ts` reads. */
function refuse(context: IssueSink, code: string, message: string, hint?: string): void {
  context.addIssue({ code: "custom", message, params: { code, hint } });
}

/** What is taken for a URL. A local file of such a name can still be written as `./http:name.png`. */
export const REMOTE_SOURCE = /^(?:[a-z][a-z0-9+.-]+:\/\/|(?:https?|ftps?|s3|gs|data|file|blob):)/i;

/**
 * A path in the user's file, absolute or relative to it, or a URL: whether these are taken is the reader's to say (see
 * `createPathResolver`), and what they hold shows when they are fetched. URLs that nobody fetches are refused by name:
 * they would be reported as missing files. `formats` are the extensions allowed.
 */
function filePath(formats?: { readonly extensions: readonly string[]; readonly code: string }) {
  return z
    .string()
    .min(1)
    .max(4096)
    .superRefine((source, context) => {
      if (source.includes("\0")) {
        refuse(context, "PATH_INVALID", "The path contains a NUL character.");
      } else if (isUrl(source)) {
        return;
      } else if (REMOTE_SOURCE.test(source)) {
        refuse(
          context,
          "SOURCE_URL_UNSUPPORTED",
          "Of URLs, only those that begin with https:// or http:// can be fetched.",
          "Download the file and write its path.",
        );
      } else if (source !== "" && source.trim() === "") {
        refuse(context, "PATH_INVALID", "The path is blank.");
      } else if (
        source !== "" &&
        formats !== undefined &&
        !formats.extensions.some((ending) => source.toLowerCase().endsWith(ending))
      ) {
        refuse(
          context,
          formats.code,
          `The file's name must end in ${formats.extensions.join(", ")}.`,
          "Convert the file to one of these formats.",
        );
      }
    });
}

export const mediaPath = filePath();
export const subtitlePath = filePath({
  extensions: [".srt", ".vtt", ".json"],
  code: "SUBTITLE_FORMAT_UNSUPPORTED",
});
export const videoPath = filePath({
  extensions: [".mp4", ".m4v", ".mov", ".mkv", ".webm"],
  code: "VIDEO_FORMAT_UNSUPPORTED",
});
export const fontPath = filePath({
  extensions: [".ttf", ".otf", ".ttc", ".otc"],
  code: "FONT_FORMAT_UNSUPPORTED",
});

export const color = z
  .string()
  .regex(/^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, "Expected a colour such as #ffb224.");

/** `#FC0` -> `#ffcc00` */
export function normalizeColor(text: string): string {
  const digits = text.slice(1).toLowerCase();
  return `#${digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits}`;
}

export const fraction = z.number().min(0).max(1);
/** Seconds of a pad or a fade. */
export const shortSeconds = z.number().min(0).max(60);
export const gain = z.number().min(0).max(10);

export const language = z
  .string()
  .max(35)
  .superRefine((text, context) => {
    if (parseLanguage(text) === null) {
      refuse(
        context,
        "LANGUAGE_UNKNOWN",
        "This is not a language tag.",
        "Write a BCP 47 tag such as en, zh or pt-BR.",
      );
    }
  });

const FPS_MESSAGE = `Expected frames per second from ${MIN_FPS} to ${MAX_FPS}: a number such as 30 or 29.97, or a fraction such as "30000/1001".`;

export const frameRate = z
  .union([z.number(), z.string()], { error: FPS_MESSAGE })
  .superRefine((value, context) => {
    if (parseFrameRate(value) === null) refuse(context, "FPS_INVALID", FPS_MESSAGE);
  });

const TIME_SPAN_MESSAGE =
  'Expected a length of time: seconds as a number, or text such as "90s", "20m" or "1h30m".';

export const timeSpan = z
  .union([z.number(), z.string().max(40)], { error: TIME_SPAN_MESSAGE })
  .superRefine((value, context) => {
    if (parseTimeSpan(value) === null) refuse(context, "TIME_SPAN_INVALID", TIME_SPAN_MESSAGE);
  });

/** Deep or circular values break serialisers further down; what JSON can't carry can't be passed through. */
export const MAX_METADATA_DEPTH = 32;

export const metadata = z.record(z.string(), z.unknown()).superRefine((value, context) => {
  if (!isShallowJson(value, MAX_METADATA_DEPTH)) {
    refuse(
      context,
      "METADATA_INVALID",
      `Metadata must be plain JSON values, nested at most ${MAX_METADATA_DEPTH} deep.`,
    );
  }
});

function isShallowJson(value: unknown, depthLeft: number): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depthLeft === 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((child) => isShallowJson(child, depthLeft - 1));
}
