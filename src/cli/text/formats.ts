/** 1234567 -> `1,234,567`. Not by `Intl`, which takes 12 ms to wake up, a fortieth of a whole rerun. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 scene`, `8 scenes` */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 17 -> `0:17`, 3723 -> `1:02:03`: for times still to come and lengths of films. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 62.34 -> `1:02.3`: a place in a film. */
export function formatTimecode(seconds: number): string {
  const tenths = Math.max(0, Math.round(seconds * 10));
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

/** `31.4 s`, and from ten minutes on `12:34`. */
export function formatSeconds(seconds: number): string {
  return seconds < 600 ? `${seconds.toFixed(1)} s` : formatClock(seconds);
}

/** Decimal units, as disks are sold and prices are made. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  // Rounded first: 999,960 bytes would show as 1000.0 kB.
  while (Math.round(value * 10) >= 10_000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** 29.97002997 -> `29.97 fps` */
export function formatFrameRate(fps: number): string {
  return `${Number(fps.toFixed(2))} fps`;
}

export function formatPercent(fraction: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)) * 100)} %`;
}
