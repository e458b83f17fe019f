/** Names people (and the file names of older batches) use for a language. */
const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  chinese: "zh",
  mandarin: "zh",
  english: "en",
  japanese: "ja",
  korean: "ko",
  spanish: "es",
  french: "fr",
  german: "de",
  portuguese: "pt",
  italian: "it",
  russian: "ru",
  arabic: "ar",
  hindi: "hi",
  thai: "th",
};

/** `zh`, `ZH-hant`, `chinese` -> canonical BCP 47 (`zh`, `zh-Hant`, `zh`); null when it is no language. */
export function parseLanguage(text: string): string | null {
  const word = text.trim().toLowerCase();
  if (Object.hasOwn(LANGUAGE_NAMES, word)) return LANGUAGE_NAMES[word] ?? null;
  // Five to eight letters are well-formed BCP 47 but registered for nothing: `klingon` is a typing slip.
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{1,8})*$/.test(word) || word.length > 35) return null;
  try {
    return Intl.getCanonicalLocales(word)[0] ?? null;
  } catch {
    return null;
  }
}

/** Do two tags name the same language, regional differences aside? `zh` and `zh-Hant` do. */
export function sameLanguage(a: string, b: string): boolean {
  return a.split("-")[0] === b.split("-")[0];
}

/** The languages that a file name's suffix may name, as in `scene_001_chinese`. */
export const FILE_NAME_LANGUAGES = [
  ...Object.keys(LANGUAGE_NAMES),
  ...new Set(Object.values(LANGUAGE_NAMES)),
];
