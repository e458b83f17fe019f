import { FILE_NAME_LANGUAGES, parseLanguage } from "./language.ts";

export type MediaKind = "image" | "audio" | "subtitles";

export const MEDIA_EXTENSIONS: Readonly<Record<MediaKind, readonly string[]>> = {
  image: ["png", "jpg", "jpeg", "webp", "avif"],
  audio: ["mp3", "wav", "m4a", "flac", "ogg"],
  subtitles: ["srt", "vtt", "json"],
};

/** Clearly meant as media, but not taken from a folder: worth a word instead of silence. */
const OTHER_MEDIA = new Set([
  "gif",
  "bmp",
  "tif",
  "tiff",
  "heic",
  "heif",
  "svg",
  "psd",
  "aac",
  "opus",
  "wma",
  "aiff",
  "aif",
  "amr",
  "ass",
  "ssa",
  "sub",
]);

/** A file's name, read: `scene_001_chinese.PNG` -> image, stem `scene_001_chinese`, base `scene_001`, `zh`. */
export interface MediaName {
  readonly kind: MediaKind | "unsupported" | "other";
  readonly stem: string;
  /** The stem without its language. */
  readonly base: string;
  readonly language: string | null;
  /**
   * What files of one scene share. Without case, and in Unicode's composed form: an archive made on a Mac
   * holds decomposed names that look the same.
   */
  readonly key: string;
}

const LANGUAGE_SUFFIX = new RegExp(`^([\\s\\S]+)[_.-](${FILE_NAME_LANGUAGES.join("|")})$`, "i");

export function readMediaName(name: string): MediaName {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const kinds = Object.keys(MEDIA_EXTENSIONS) as MediaKind[];
  const kind =
    kinds.find((candidate) => MEDIA_EXTENSIONS[candidate].includes(extension)) ??
    (OTHER_MEDIA.has(extension) ? "unsupported" : "other");
  const suffix = LANGUAGE_SUFFIX.exec(stem);
  const base = suffix?.[1] ?? stem;
  const language = suffix?.[2] === undefined ? null : parseLanguage(suffix[2]);
  return { kind, stem, base, language, key: base.normalize("NFC").toLowerCase() };
}

/**
 * Numbers by value, all else by code unit: `scene_2` before `scene_10`. No locale data, so the order of a
 * film's scenes is the same on every machine.
 */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [splitDigits(a), splitDigits(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = compareParts(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function splitDigits(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareParts(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b);
  const [x, y] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return x.length - y.length || compareText(x, y);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
