/** Numbers as people read them: with units, in figures of equal width. Pure. */

/** A length, to the nearest second as the command line tells it: 0:07, 1:02, 1:01:01 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** 0:07.4: where in a film, to the nearest tenth. */
export function timecode(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** 8 s, 3 min 20 s, 2 h 5 min: how long something takes. */
export function span(seconds: number): string {
  if (seconds < 1) return "under 1 s";
  const whole = Math.round(seconds);
  if (whole < 90) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = value / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** To the tenth of a cent. */
export function dollars(value: number): string {
  return `$${value.toFixed(3)}`;
}

/** What costs nothing by its basis is free: a row of zeros would look like a price. Money spent is never hidden. */
export function price(value: number, basis: string): string {
  return isFree(value, basis) ? "Free" : dollars(value);
}

export function isFree(value: number, basis: string): boolean {
  return value === 0 && /nothing is billed/i.test(basis);
}

/** A worker's name without what sets two processes on one machine apart: `studio-7289-49a345` -> `studio`. */
export function hostOf(worker: string): string {
  return worker.replace(/-\d+-[0-9a-f]{6}$/, "");
}

export function age(iso: string, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - Date.parse(iso)) / 1000);
  if (seconds < 10) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}
