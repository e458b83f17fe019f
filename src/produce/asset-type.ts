import type { FileNoun } from "../spec/check-files.ts";
import { ReelburstError } from "../support/errors.ts";

/** Bytes of the beginning that `assetExtension` wants to see. */
export const ASSET_HEAD_BYTES = 1024;

type Kind = "picture" | "sound" | "video" | "captions" | "font";

const KIND_OF: Readonly<Record<FileNoun, Kind>> = {
  picture: "picture",
  watermark: "picture",
  video: "video",
  narration: "sound",
  soundtrack: "sound",
  "caption file": "captions",
  font: "font",
};

interface Signature {
  readonly extension: string;
  readonly kinds: readonly Kind[];
  readonly fits: (head: Uint8Array, text: string) => boolean;
}

const at = (offset: number, word: string) => (_: Uint8Array, text: string) => text.startsWith(word, offset);

/** Of what is accepted, and of what is mostly meant by mistake. Decoders look again, and closely. */
const SIGNATURES: readonly Signature[] = [
  { extension: "png", kinds: ["picture"], fits: at(0, "\x89PNG\r\n\x1a\n") },
  { extension: "jpg", kinds: ["picture"], fits: at(0, "\xff\xd8\xff") },
  {
    extension: "webp",
    kinds: ["picture"],
    fits: (_, text) => text.startsWith("RIFF") && text.startsWith("WEBP", 8),
  },
  { extension: "avif", kinds: ["picture"], fits: (_, text) => /^....ftypavi[fs]/s.test(text) },
  { extension: "wav", kinds: ["sound"], fits: (_, text) => /^(?:RIFF|RF64)....WAVE/s.test(text) },
  { extension: "flac", kinds: ["sound"], fits: at(0, "fLaC") },
  { extension: "ogg", kinds: ["sound"], fits: at(0, "OggS") },
  { extension: "m4a", kinds: ["sound"], fits: (_, text) => /^....ftypM4[AB] /s.test(text) },
  {
    extension: "mp3",
    kinds: ["sound"],
    fits: (head, text) => text.startsWith("ID3") || isMpegAudio(head, [1, 2]),
  },
  { extension: "aac", kinds: ["sound"], fits: (head) => isMpegAudio(head, [0]) },
  {
    extension: "mov",
    kinds: ["video", "sound"],
    fits: (_, text) => /^....(?:ftypqt {2}|moov|wide)/s.test(text),
  },
  { extension: "mp4", kinds: ["video", "sound"], fits: (_, text) => /^....ftyp/s.test(text) },
  {
    extension: "webm",
    kinds: ["video"],
    fits: (_, text) => text.startsWith("\x1aE\xdf\xa3") && text.includes("webm"),
  },
  { extension: "mkv", kinds: ["video"], fits: at(0, "\x1aE\xdf\xa3") },
  {
    extension: "ttf",
    kinds: ["font"],
    fits: (_, text) => text.startsWith("\0\x01\0\0") || text.startsWith("true"),
  },
  { extension: "otf", kinds: ["font"], fits: at(0, "OTTO") },
  { extension: "ttc", kinds: ["font"], fits: at(0, "ttcf") },
  {
    extension: "html",
    kinds: [],
    fits: (_, text) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body)\b/i.test(text),
  },
  { extension: "gif", kinds: [], fits: at(0, "GIF8") },
  { extension: "pdf", kinds: [], fits: at(0, "%PDF") },
  { extension: "zip", kinds: [], fits: at(0, "PK\x03\x04") },
  { extension: "woff", kinds: [], fits: (_, text) => /^wOF[F2]/.test(text) },
  { extension: "vtt", kinds: ["captions"], fits: (_, text) => /^(?:\xef\xbb\xbf)?\s*WEBVTT/.test(text) },
  {
    extension: "json",
    kinds: ["captions"],
    fits: (_, text) => /^(?:\xef\xbb\xbf)?\s*[[{]\s*["{\]}]/.test(text),
  },
];

/**
 * What a fetched file is, by its first bytes: addresses end in anything.
 * @returns its extension, without a dot
 * @throws ReelburstError FETCH_TYPE_REFUSED
 */
export function assetExtension(head: Uint8Array, what: FileNoun): string {
  const text = Buffer.from(head.subarray(0, ASSET_HEAD_BYTES)).toString("latin1");
  const found = SIGNATURES.find(({ fits }) => fits(head, text));
  if (found === undefined) {
    // SubRip has no signature; whatever else is text is refused by its parser, with better words.
    if (KIND_OF[what] === "captions" && !text.includes("\0\0")) return "srt";
  } else if (found.kinds.includes(KIND_OF[what])) {
    return found.extension;
  }
  throw new ReelburstError(
    "FETCH_TYPE_REFUSED",
    `The URL gives ${nameOf(found?.extension)}, not a ${what}.`,
    {
      hint:
        found?.extension === "html"
          ? "Use the address of the file itself: links for sharing lead to a page about it."
          : `Use the address of a ${what}.`,
    },
  );
}

function nameOf(extension: string | undefined): string {
  if (extension === undefined) return "something unknown";
  return extension === "html" ? "a web page" : `a .${extension} file`;
}

/** The sync word of MPEG audio, with a layer that exists: 0 is ADTS. */
function isMpegAudio(head: Uint8Array, layers: readonly number[]): boolean {
  const [first = 0, second = 0] = head;
  const layer = (second >> 1) & 3;
  return (
    first === 0xff &&
    (second & 0xe0) === 0xe0 &&
    ((second >> 3) & 3) !== 1 &&
    layers.includes(layer === 3 ? 1 : layer)
  );
}
