/** Sentences, words and the pace of speech, in whatever language the text is. */

/** Behind these a full stop ends nothing. */
const ABBREVIATIONS =
  /(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|cf|approx|No|Fig|Vol|Inc|Ltd|Co|U\.S|U\.K|a\.m|p\.m|z\.B|d\.h|bzw|ca|M|Mme)\.$/;

export function sentencesOf(text: string, language: string): string[] {
  const sentences: string[] = [];
  for (const paragraph of text.split("\n")) {
    let open = "";
    for (const { segment } of new Intl.Segmenter(language, { granularity: "sentence" }).segment(paragraph)) {
      open += segment;
      if (ABBREVIATIONS.test(open.trimEnd())) continue;
      if (open.trim() !== "") sentences.push(open.trim());
      open = "";
    }
    if (open.trim() !== "") sentences.push(open.trim());
  }
  return sentences;
}

const segmenters = new Map<string, Intl.Segmenter>();

/** Lower-case words without punctuation. */
export function wordsOf(text: string, language: string): string[] {
  const segmenter = segmenters.get(language) ?? new Intl.Segmenter(language, { granularity: "word" });
  segmenters.set(language, segmenter);
  return [...segmenter.segment(text)]
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment }) => segment.toLocaleLowerCase(language));
}

const WIDE = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/gu;

/** By the offline voice's own pace, in letters: words are too uneven. */
const LETTERS_A_SECOND = 17;
/** Where a character is a syllable. */
const CHARACTERS_A_SECOND = 4.6;
/** A digit takes as long as so many letters: "3,270" is "three thousand two hundred seventy". */
const DIGIT_LETTERS = 6;
const PAUSE_SECONDS = 0.4;

/** How long it takes to say, with the pause behind it. */
export function spokenSeconds(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  const digits = text.match(/\d/g)?.length ?? 0;
  const letters = text.length - wide + digits * (DIGIT_LETTERS - 1);
  return wide / CHARACTERS_A_SECOND + letters / LETTERS_A_SECOND + PAUSE_SECONDS;
}

/** Words that carry the grammar and not the subject; also what languages are told by. */
export const COMMON_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: wordSet(
    "the a an and or but of to in on at by for from with as is are was were be been it its this that these those he she they we you i his her their our your not no so if then than there here which who what when where how can could may might will would has have had do does did more most very also into over about only some such one all any each other out up",
  ),
  de: wordSet(
    "der die das und oder aber von zu in im an am auf bei für mit als ist sind war waren sein es dies diese dieser nicht kein so wenn dann dort hier welche wer was wann wo wie kann hat haben wird werden auch nur ein eine einer eines dem den des sich",
  ),
  fr: wordSet(
    "le la les un une des et ou mais de du à au aux en dans sur par pour avec comme est sont était ce cette ces il elle ils nous vous ne pas si qui que quoi quand où on se sa son ses plus",
  ),
  es: wordSet(
    "el la los las un una unos y o pero de del a al en por para con como es son era este esta estos no si que quien cuando donde se su sus más lo",
  ),
  it: wordSet(
    "il lo la i gli le un una e o ma di del della a al in nel per con come è sono era questo questa non se che chi quando dove si suo sua più",
  ),
  pt: wordSet(
    "o a os as um uma e ou mas de do da em no na por para com como é são era este esta não se que quem quando onde seu sua mais",
  ),
};

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(" "));
}

/** By script, then by its commonest words; English when neither says. */
export function languageOf(text: string): string {
  const sample = text.slice(0, 4_000);
  const count = (pattern: RegExp): number => sample.match(pattern)?.length ?? 0;
  if (count(/[\p{sc=Hira}\p{sc=Kana}]/gu) > 5) return "ja";
  if (count(/\p{sc=Hang}/gu) > 5) return "ko";
  const letters = count(/\p{L}/gu);
  if (count(/\p{sc=Han}/gu) > letters / 4) return "zh";
  for (const [script, language] of [
    [/\p{sc=Cyrl}/gu, "ru"],
    [/\p{sc=Arab}/gu, "ar"],
    [/\p{sc=Grek}/gu, "el"],
    [/\p{sc=Deva}/gu, "hi"],
    [/\p{sc=Thai}/gu, "th"],
  ] as const)
    if (count(script) > letters / 2) return language;
  const words = wordsOf(sample, "en");
  let best = { language: "en", hits: -1 };
  for (const [language, common] of Object.entries(COMMON_WORDS)) {
    const hits = words.filter((word) => common.has(word)).length;
    if (hits > best.hits) best = { language, hits };
  }
  return best.language;
}
