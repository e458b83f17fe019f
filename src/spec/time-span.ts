const UNIT_SECONDS = { h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** `90`, `"90s"`, `"20m"`, `"1h30m"` -> seconds; null when it is none or not above zero. */
export function parseTimeSpan(value: number | string): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value > 0 ? value : null;
  const match =
    /^(?:(\d{1,6}(?:\.\d{1,3})?)h)?(?:(\d{1,6}(?:\.\d{1,3})?)m)?(?:(\d{1,8}(?:\.\d{1,3})?)s)?(?:(\d{1,9})ms)?$/.exec(
      value.replaceAll(" ", "").toLowerCase(),
    );
  if (match === null) return null;
  const [, hours = "0", minutes = "0", seconds = "0", milliseconds = "0"] = match;
  const total =
    Number(hours) * UNIT_SECONDS.h +
    Number(minutes) * UNIT_SECONDS.m +
    Number(seconds) * UNIT_SECONDS.s +
    Number(milliseconds) * UNIT_SECONDS.ms;
  return total > 0 ? total : null;
}
