/**
 * Chapters of a film as YouTube reads them from a description: the first at 00:00, three or more, in order, each at
 * least ten seconds long (support.google.com/youtube/answer/9884579). One that breaks a rule makes YouTube ignore all
 * of them, without a word; so either all rules hold here, or there are none. Pure.
 */
export interface Chapter {
  /** Whole seconds: what a timestamp can say. */
  readonly startSeconds: number;
  readonly title: string;
}

export interface ChapterScene {
  readonly id: string;
  /** null: the scene was skipped and is not in the film. */
  readonly startSeconds: number | null;
}

const MIN_CHAPTERS = 3;
const MIN_SECONDS = 10;
const MAX_TITLE = 70;

/**
 * Scenes shorter than a chapter may be join the one before. Titles by scene id, from whoever knows them; without one an
 * id that is made of words serves ("the-harbour" -> "The harbour"), and a scene that is merely numbered begins no chapter.
 * @returns empty when the rules can't be kept
 */
export function chaptersOf(
  scenes: readonly ChapterScene[],
  filmSeconds: number,
  titles: Readonly<Record<string, string>> = {},
): readonly Chapter[] {
  const chapters: Chapter[] = [];
  for (const { id, startSeconds } of scenes) {
    const title = Object.hasOwn(titles, id) ? cleanTitle(titles[id] ?? "") : titleOf(id);
    if (startSeconds === null || title === null) continue;
    const start = Math.floor(startSeconds);
    const last = chapters.at(-1);
    if (last !== undefined && start - last.startSeconds < MIN_SECONDS) continue;
    if (filmSeconds - start < MIN_SECONDS) continue;
    chapters.push({ startSeconds: start, title });
  }
  return chapters.length >= MIN_CHAPTERS && chapters[0]?.startSeconds === 0 ? chapters : [];
}

export function chapterLines(chapters: readonly Chapter[]): string {
  const long = (chapters.at(-1)?.startSeconds ?? 0) >= 3600;
  return chapters.map(({ startSeconds, title }) => `${timestamp(startSeconds, long)} ${title}`).join("\n");
}

function timestamp(seconds: number, withHours: boolean): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return withHours ? `${Math.floor(seconds / 3600)}:${rest}` : rest;
}

function titleOf(id: string): string | null {
  const words = id.replace(/[_-]+/g, " ").trim();
  if (/^(?:scene|part|chapter|clip|s|p)? ?\d+(?: [a-z]{2,10})?$/i.test(words)) return null;
  return cleanTitle(words.charAt(0).toUpperCase() + words.slice(1));
}

function cleanTitle(title: string): string | null {
  const clean = title
    .replace(/[<>\p{Cc}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return clean === "" ? null : [...clean].slice(0, MAX_TITLE).join("");
}
