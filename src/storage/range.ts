import type { ByteRange } from "./object-store.ts";
import { rangeInvalid } from "./storage-errors.ts";

/**
 * The bytes a range means in an object of this size; both ends included.
 * @throws {ReelburstError} `OBJECT_RANGE_INVALID`
 */
export function resolveRange(
  key: string,
  range: ByteRange,
  sizeBytes: number,
): { start: number; end: number } {
  const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1);
  const isValid = Number.isSafeInteger(range.start) && range.start >= 0 && range.start <= end;
  if (!isValid) throw rangeInvalid(key);
  return { start: range.start, end };
}
