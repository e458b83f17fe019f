import { ReelburstError } from "../../../support/errors.ts";
import type { CaptionIssue } from "../cue.ts";
import { CAPTION_LIMITS, refuseTooLarge } from "./limits.ts";

/**
 * Bytes of a caption file -> text without byte order mark, line ends as `\n`.
 *
 * UTF-8 is required; UTF-16 is accepted when it says so by a byte order mark. Chinese files are still
 * often GB18030: that is decoded with a warning when nearly all of it lies in the GB 2312 range.
 * Everything else is refused: guessing among the Latin code pages shows wrong letters and tells nobody.
 *
 * @throws ReelburstError CAPTIONS_ENCODING, CAPTIONS_TOO_LARGE
 */
export function decodeCaptionBytes(bytes: Uint8Array): { text: string; issues: CaptionIssue[] } {
  refuseTooLarge("bytes", bytes.length, CAPTION_LIMITS.fileBytes);
  const issues: CaptionIssue[] = [];
  const [first, second] = bytes;
  let text: string | null;
  if (first === 0xff && second === 0xfe) text = decode("utf-16le", bytes);
  else if (first === 0xfe && second === 0xff) text = decode("utf-16be", bytes);
  else text = decode("utf-8", bytes);
  if (text === null && looksLikeGb18030(bytes)) {
    text = decode("gb18030", bytes);
    if (text !== null) {
      issues.push({
        code: "CAPTION_ENCODING",
        message:
          "The caption file is not UTF-8. It was read as GB18030; save it as UTF-8 to be sure of every character.",
        count: 1,
        atMs: null,
      });
    }
  }
  if (text === null) {
    throw new ReelburstError(
      "CAPTIONS_ENCODING",
      "The caption file is not UTF-8, so its letters cannot be known.",
      {
        hint: "Save it as UTF-8 in your editor.",
      },
    );
  }
  return { text: text.replace(/^\uFEFF+/u, "").replace(/\r\n?/gu, "\n"), issues };
}

function decode(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Nearly every double byte of a Chinese text lies at 0xA1..0xFE twice; accents of Latin-1 rarely come in pairs. */
function looksLikeGb18030(bytes: Uint8Array): boolean {
  let pairs = 0;
  let others = 0;
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] ?? 0) < 0x80) continue;
    if ((bytes[i] ?? 0) >= 0xa1 && (bytes[i + 1] ?? 0) >= 0xa1) {
      pairs += 1;
      i += 1;
    } else {
      others += 1;
    }
  }
  return pairs > 0 && pairs >= 19 * others;
}
