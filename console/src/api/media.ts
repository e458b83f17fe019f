/**
 * Pictures and films. Without a key the address itself serves; with one the bytes are fetched and kept as a blob, since
 * no element can send a header.
 */
import { useEffect, useState } from "preact/hooks";
import { key, send } from "./client.ts";

const MOST_KEPT = 300;
const kept = new Map<string, Promise<string>>();

function fetchMedia(path: string): Promise<string> {
  const known = kept.get(path);
  if (known !== undefined) return known;
  const fresh = send(path)
    .then((response) => response.blob())
    .then((blob) => URL.createObjectURL(blob));
  fresh.catch(() => kept.delete(path));
  kept.set(path, fresh);
  const oldest = kept.size > MOST_KEPT ? [...kept][0] : undefined;
  if (oldest !== undefined) {
    kept.delete(oldest[0]);
    oldest[1].then(URL.revokeObjectURL, () => {});
  }
  return fresh;
}

/** Whether an element may have the address itself: no key is wanted, or the address is signed. */
function serves(path: string | null): boolean {
  return key.value === null || (path?.includes("signature=") ?? false);
}

/** An address that an element can use; null while there is none. */
export function useMedia(path: string | null): string | null {
  const isOpen = serves(path);
  const [fetched, setFetched] = useState<{ path: string; url: string } | null>(null);
  useEffect(() => {
    if (path === null || isOpen) return;
    let isWanted = true;
    fetchMedia(path).then(
      (url) => isWanted && setFetched({ path, url }),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [path, isOpen]);
  if (path === null || isOpen) return path;
  return fetched?.path === path ? fetched.url : null;
}

/** Opens a file in a tab of its own; with a key it is saved instead, since a tab can send none. */
export async function openFile(path: string, name: string): Promise<void> {
  if (serves(path)) open(path, "_blank", "noreferrer");
  else await save(path, name);
}

/** Saves a file under its name. */
export async function save(path: string, name: string): Promise<void> {
  const link = document.createElement("a");
  link.href = serves(path) ? path : await fetchMedia(path);
  link.download = name;
  link.click();
}
