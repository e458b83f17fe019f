/**
 * Classes of characters that line breaking and measuring need. After JIS X 4051, GB/T 15834 and
 * UAX #14, reduced to what captions meet.
 */

/** Scripts written without word spaces in square cells: they break between characters. */
const IDEOGRAPHIC =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Bopo}\u3000-\u303f\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]/u;
const HANGUL = /\p{sc=Hang}/u;
/** Scripts written without word spaces that break between words, found by dictionary. */
const SPACELESS = /[\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u;
const NO_WIDTH = /[\p{M}\p{Cf}]/u;
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/** Never at the start of a line: closing punctuation, small kana, iteration and length marks, Thai repeat signs. */
const NOT_AT_START =
  /[)\]}〉》」』】〕〗〙〛）］｝｠»›”’!?,.:;%‰°℃′″、。，．！？：；・·‧…‥—–～〜ー々ゝゞヽヾ〻〱〲ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰ-ㇿ％¢￠ๆฯ\p{M}]/u;
/** Never at the end of a line: opening punctuation, currency signs before a number. */
const NOT_AT_END = /[([{〈《「『【〔〖〘〚（［｛｟«‹“‘¿¡$£¥€＄￡￥#＃№]/u;
/** Pairs that must stay together: `……` and `——` are one sign each. */
const DOUBLED = /^[…‥—―]$/u;

export const isIdeographic = (char: string): boolean => IDEOGRAPHIC.test(char);
/** Counts as a full cell: 20 of these fill a line. */
export const isWide = (char: string): boolean => IDEOGRAPHIC.test(char) || HANGUL.test(char);
export const hasWide = (text: string): boolean => isWide(text);
export const hasWordCharacter = (text: string): boolean => WORD_CHARACTER.test(text);

/** Characters of a line in Latin units: a wide one takes 2.1 (42 Latin or 20 CJK to a line), a mark none. */
export function textUnits(text: string): number {
  let units = 0;
  for (const char of text) {
    if (isWide(char)) units += 2.1;
    else if (!NO_WIDTH.test(char)) units += 1;
  }
  return units;
}

/** Whether a line may end after `left` and the next begin with `right`; there is no space between them. */
export function mayBreakBetween(left: string, right: string): boolean {
  if (NOT_AT_START.test(right) || NOT_AT_END.test(left)) return false;
  if (DOUBLED.test(left) && left === right) return false;
  // Straight quotes open and close alike: beside them, only spaces break.
  if (/["']/u.test(left) || /["']/u.test(right)) return false;
  if (isIdeographic(left) || isIdeographic(right)) return !(/\p{Nd}/u.test(left) && isIdeographic(right));
  if (SPACELESS.test(left) && SPACELESS.test(right)) return true;
  return left === "—" && WORD_CHARACTER.test(right);
}

/** Whether two pieces of text are written without a space between them. */
function joinsWithoutSpace(left: string, right: string): boolean {
  const before = lastChar(left);
  const after = firstChar(right);
  if (isIdeographic(before) || isIdeographic(after)) return true;
  return SPACELESS.test(before) && SPACELESS.test(after);
}

/** Words or lines -> one text, spaced as their script does. */
export function joinWords(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) {
    text += text === "" || part === "" || joinsWithoutSpace(text, part) ? part : ` ${part}`;
  }
  return text;
}

export const firstChar = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0x20);

export function lastChar(text: string): string {
  const last = text.slice(-1);
  return /[\udc00-\udfff]/u.test(last) && text.length > 1 ? text.slice(-2) : last || " ";
}
