/** "0 B", "999 B", "1.5 kB", "20 GB". Powers of 1000, as disks and downloads are counted. */
export function formatBytes(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = Math.abs(sizeBytes);
  let unit = 0;
  while (unit < units.length - 1 && Number(threeDigits(value)) >= 1000) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 ? String(Math.round(value)) : threeDigits(value);
  return `${sizeBytes < 0 ? "-" : ""}${digits} ${units[unit]}`;
}

/** A place in a film: "00:14.2", "12:05.0", "1:02:03.4". Rounded to a tenth of a second. */
export function formatTimecode(seconds: number): string {
  const tenths = Math.round(Math.abs(seconds) * 10);
  const hours = Math.floor(tenths / 36_000);
  const minutes = Math.floor(tenths / 600) % 60;
  const rest = `${pad(minutes)}:${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
  return `${seconds < 0 && tenths > 0 ? "-" : ""}${hours > 0 ? `${hours}:` : ""}${rest}`;
}

/** A length of time: "0.3 s", "2.1 s", "45 s", "3 min 05 s", "2 h 07 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (Math.round(seconds * 10) < 100) return `${(Math.round(seconds * 10) / 10).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** 0.424 -> "42 %". Under 100 % is never shown as 100 %, above 0 never as 0: progress must not lie at its ends. */
export function formatPercent(fraction: number): string {
  const percent = Math.round(fraction * 100);
  if (fraction < 1 && percent >= 100) return "99 %";
  if (fraction > 0 && percent <= 0) return "1 %";
  return `${percent} %`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return String(Math.round(value * 10) / 10);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
