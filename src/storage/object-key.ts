import { ReelburstError } from "../support/errors.ts";

/**
 * A key that means the same object everywhere: on S3, on a disk that ignores case, on Windows, in a URL unescaped.
 *
 * Folders have no dot, objects have one ("videos/shorts/p1/film.mp4"). So no key can be the folder of another one,
 * which S3 would allow and a disk refuses; and no segment can be "." or "..". Lower case and ASCII only: "É" has two
 * spellings in Unicode and "A" is "a" on some disks. Names of ours that no key can have begin with a dot.
 */
const FOLDER = /^[a-z0-9_][a-z0-9_-]*$/;
const NAME = /^[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/;
/** Devices on Windows, whatever follows their dot. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
/** Below 255 with room for a temporary name's own letters. */
const MAX_SEGMENT = 200;
const MAX_KEY = 700;

/** @throws {ReelburstError} `OBJECT_KEY_INVALID` */
export function checkKey(key: string): void {
  const segments = key.split("/");
  const name = segments.pop() ?? "";
  const isValid =
    key.length <= MAX_KEY &&
    isPlain(name) &&
    NAME.test(name) &&
    segments.every((each) => isPlain(each) && FOLDER.test(each));
  if (isValid) return;
  throw new ReelburstError(
    "OBJECT_KEY_INVALID",
    `${JSON.stringify(key.slice(0, 200))} is no key of an object.`,
    {
      hint: "Use lower-case letters, digits, _ and -, folders without a dot and a name with one: films/p1/film.mp4.",
    },
  );
}

/** Whether a name can be the last part of a key as it is. */
export function isObjectName(name: string): boolean {
  return NAME.test(name) && isPlain(name);
}

/**
 * A beginning of keys to list.
 * @throws {ReelburstError} `OBJECT_KEY_INVALID`
 */
export function checkPrefix(prefix: string): void {
  if (prefix.length <= MAX_KEY && /^(?:[a-z0-9_][a-z0-9_-]*\/)*(?:[a-z0-9_][a-z0-9_.-]*)?$/.test(prefix))
    return;
  throw new ReelburstError("OBJECT_KEY_INVALID", `${JSON.stringify(prefix.slice(0, 200))} begins no key.`, {
    hint: "Use a folder such as videos/ or the beginning of a name in it.",
  });
}

function isPlain(segment: string): boolean {
  return segment.length <= MAX_SEGMENT && !RESERVED.test(segment.split(".")[0] ?? "");
}
