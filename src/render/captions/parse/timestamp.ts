const TIMESTAMP = /^(?:(\d{1,4}):)?(\d{1,3}):(\d{1,3})(?:[.,:](\d{1,6}))?$/u;

/**
 * `01:02:03,456`, `02:03.4`, `1:02:03` -> milliseconds; null when it is none.
 * Lenient on purpose: hours may be missing, the fraction may have one to six digits after `,`, `.` or `:`.
 */
export function parseTimestamp(text: string): number | null {
  const match = TIMESTAMP.exec(text);
  if (!match) return null;
  const [, hours = "0", minutes = "0", seconds = "0", fraction = "0"] = match;
  return (
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 +
    Math.round(Number(`0.${fraction}`) * 1000)
  );
}

/** A cue's timing line: `start --> end`, anything after the end ignored (cue settings, X1:… coordinates). */
export function parseTimingLine(line: string): { startMs: number; endMs: number } | null {
  // The arrow is looked for first and the length is bounded, so that a hostile line costs nothing.
  if (line.length > 1_000) return null;
  const arrow = line.indexOf("-->");
  if (arrow < 0) return null;
  const startMs = parseTimestamp(line.slice(0, arrow).trim());
  const end =
    line
      .slice(arrow + 3)
      .trim()
      .split(/\s+/u, 1)[0] ?? "";
  const endMs = parseTimestamp(end);
  return startMs === null || endMs === null ? null : { startMs, endMs };
}
