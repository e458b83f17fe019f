import { type CaptionIssue, type CaptionIssueCode, formatMoment } from "./cue.ts";

/**
 * Gathers losses by kind, so that a file with 10,000 broken cues gives one message and not 10,000.
 */
export class IssueLog {
  readonly #found = new Map<CaptionIssueCode, { count: number; atMs: number | null }>();

  add(code: CaptionIssueCode, atMs: number | null): void {
    const known = this.#found.get(code);
    if (known) known.count += 1;
    else this.#found.set(code, { count: 1, atMs });
  }

  /** One issue for each kind found, worded by `describe` (given the count in words and the first moment). */
  issues(
    describe: Readonly<Partial<Record<CaptionIssueCode, (captions: string) => string>>>,
  ): CaptionIssue[] {
    return [...this.#found].map(([code, { count, atMs }]) => {
      const captions = count === 1 ? "1 caption" : `${count} captions`;
      const where =
        atMs === null
          ? ""
          : count === 1
            ? ` (at ${formatMoment(atMs)})`
            : ` (first at ${formatMoment(atMs)})`;
      return {
        code,
        count,
        atMs,
        message: describe[code]?.(captions + where) ?? `${captions}${where}: ${code}.`,
      };
    });
  }
}
