import { ReelburstError } from "../../../support/errors.ts";
import type { Cue, CueWord, ParsedCaptions } from "../cue.ts";
import { IssueLog } from "../issue-log.ts";
import { joinWords } from "../text/characters.ts";
import { PARSE_MESSAGES } from "./build-cue.ts";
import { tidyText } from "./clean-text.ts";
import { CAPTION_LIMITS, refuseTooLarge } from "./limits.ts";

/** A silence this long ends a caption. */
const PHRASE_GAP_MS = 700;
/** Two full lines; longer phrases would be split by the layout anyway, with less sense for pauses. */
const PHRASE_CHARACTERS = 80;
const PHRASE_MS = 6_000;

/**
 * `{"words": [{"start": 0.12, "end": 0.4, "text": "Hello"}]}` or the bare list, in seconds -> cues with word
 * timings, cut at sentence ends, pauses and two lines' length. `word` is accepted for `text` (whisper's name).
 *
 * @throws ReelburstError CAPTIONS_INVALID (with a JSON path), CAPTIONS_TOO_LARGE
 */
export function parseWordTimings(text: string): ParsedCaptions {
  const log = new IssueLog();
  const words = readWords(text, log);
  const cues: Cue[] = [];
  let phrase: CueWord[] = [];
  let length = 0;
  const close = (): void => {
    const [first, last] = [phrase[0], phrase.at(-1)];
    if (first && last) {
      cues.push({
        startMs: first.startMs,
        endMs: Math.max(last.endMs, first.startMs),
        text: joinWords(phrase.map((word) => word.text)),
        words: phrase,
      });
    }
    phrase = [];
    length = 0;
  };
  for (const word of words) {
    const [first, last] = [phrase[0], phrase.at(-1)];
    if (first && last) {
      const pause = word.startMs - last.endMs > PHRASE_GAP_MS;
      const long = length + word.text.length > PHRASE_CHARACTERS || word.endMs - first.startMs > PHRASE_MS;
      const sentenceEnd = /[.!?。！？…]["'”’」』)）]*$/u.test(last.text) && length > 3;
      if (pause || long || sentenceEnd) close();
    }
    phrase.push(word);
    length += word.text.length + 1;
  }
  close();
  refuseTooLarge("captions", cues.length, CAPTION_LIMITS.cues);
  return { cues, issues: log.issues(PARSE_MESSAGES) };
}

function readWords(text: string, log: IssueLog): CueWord[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid("The word timings are not valid JSON.", undefined, cause);
  }
  const list = Array.isArray(parsed) ? parsed : (parsed as { words?: unknown } | null)?.words;
  if (!Array.isArray(list)) throw invalid("The word timings hold no list of words.", "words");
  refuseTooLarge("words", list.length, CAPTION_LIMITS.words);
  const words: CueWord[] = [];
  for (const [index, entry] of list.entries()) {
    const { start, end, text: plain, word } = (entry ?? {}) as Record<string, unknown>;
    const spoken = plain ?? word;
    if (!isSeconds(start) || !isSeconds(end) || typeof spoken !== "string") {
      throw invalid("A word needs `start` and `end` in seconds and `text`.", `words[${index}]`);
    }
    const startMs = Math.round(start * 1000);
    const endMs = Math.round(end * 1000);
    const clean = tidyText(spoken.slice(0, CAPTION_LIMITS.characters)).replaceAll("\n", " ");
    if (clean === "") log.add("CAPTION_EMPTY", startMs);
    else if (endMs < startMs) log.add("CAPTION_NEGATIVE_DURATION", startMs);
    else words.push({ text: clean, startMs, endMs });
  }
  return words.sort((a, b) => a.startMs - b.startMs);
}

const isSeconds = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 1e7;

function invalid(message: string, path?: string, cause?: unknown): ReelburstError {
  return new ReelburstError("CAPTIONS_INVALID", message, {
    path,
    cause,
    hint: 'Give {"words": [{"start": 0.12, "end": 0.4, "text": "Hello"}]} with times in seconds.',
  });
}
