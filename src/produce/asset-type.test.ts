import { describe, expect, it } from "vitest";
import type { FileNoun } from "../spec/check-files.ts";
import { assetExtension } from "./asset-type.ts";

const bytes = (latin1: string): Uint8Array => Buffer.from(latin1, "latin1");

describe("assetExtension", () => {
  const ACCEPTED: [FileNoun, string, string][] = [
    ["picture", "\x89PNG\r\n\x1a\n\0\0", "png"],
    ["picture", "\xff\xd8\xff\xe0", "jpg"],
    ["watermark", "RIFF\x10\0\0\0WEBPVP8 ", "webp"],
    ["picture", "\0\0\0\x1cftypavif", "avif"],
    ["narration", "RIFF\n\0\n\0WAVEfmt ", "wav"],
    ["soundtrack", "ID3\x04", "mp3"],
    ["narration", "\xff\xfb\x90", "mp3"],
    ["narration", "\xff\xf3\x90", "mp3"],
    ["narration", "\xff\xf1\x50", "aac"],
    ["narration", "fLaC", "flac"],
    ["narration", "OggS", "ogg"],
    ["narration", "\0\0\0\x20ftypM4A ", "m4a"],
    ["narration", "\0\0\0\x20ftypisom", "mp4"],
    ["video", "\0\0\0\x20ftypisom", "mp4"],
    ["video", "\0\0\0\x14ftypqt  ", "mov"],
    ["video", "\x1aE\xdf\xa3\x01\0B\x82\x84webm", "webm"],
    ["video", "\x1aE\xdf\xa3\x01\0B\x82\x88matroska", "mkv"],
    ["font", "\0\x01\0\0", "ttf"],
    ["font", "OTTO", "otf"],
    ["caption file", "\xef\xbb\xbfWEBVTT\n", "vtt"],
    ["caption file", '[{"word":', "json"],
    ["caption file", "1\r\n00:00:01,000 --> 00:00:02,000\r\n[Music]\r\n", "srt"],
    ["caption file", "[Music] without a number", "srt"],
  ];

  it.each(ACCEPTED)("takes a %s of %j as .%s", (what, head, extension) =>
    expect(assetExtension(bytes(head), what)).toBe(extension),
  );

  const REFUSED: [FileNoun, string, string][] = [
    ["picture", "<!DOCTYPE html><html>", "a web page"],
    ["caption file", "  <html lang=en>", "a web page"],
    ["narration", "\n<HEAD>", "a web page"],
    ["picture", "ID3\x04", "a .mp3 file"],
    ["narration", "\x89PNG\r\n\x1a\n", "a .png file"],
    ["video", "\xff\xd8\xff\xe0", "a .jpg file"],
    ["font", "wOF2", "a .woff file"],
    ["picture", "GIF89a", "a .gif file"],
    ["narration", "#EXTM3U\n", "something unknown"],
    ["video", "ffconcat version 1.0", "something unknown"],
    ["picture", "", "something unknown"],
    ["caption file", "\0\0\0\0", "something unknown"],
  ];

  it.each(REFUSED)("refuses as %s what begins with %j: %s", (what, head, name) =>
    expect(() => assetExtension(bytes(head), what)).toThrow(
      expect.objectContaining({
        code: "FETCH_TYPE_REFUSED",
        message: expect.stringContaining(`gives ${name}, not`),
      }),
    ),
  );
});
