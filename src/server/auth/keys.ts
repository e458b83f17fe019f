import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Scope } from "../contracts.ts";
import type { KeyStore, StoredKey } from "./key-store.ts";

const KEY = /^rb_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** @returns what to keep, and the key itself, which is told once */
export function makeKey(
  name: string,
  scopes: readonly Scope[],
  nowMs: number,
): { readonly stored: StoredKey; readonly key: string } {
  const id = randomBytes(8).toString("hex");
  const key = `rb_${id}_${randomBytes(32).toString("base64url")}`;
  return { key, stored: { id, name, sha256: digest(key).toString("hex"), scopes, createdMs: nowMs } };
}

/** null: no such key. An id that is not known takes the same comparison as a wrong secret. */
export async function findKey(store: KeyStore, presented: string): Promise<StoredKey | null> {
  const id = KEY.exec(presented)?.[1];
  const stored = id === undefined ? null : await store.find(id);
  const isEqual = timingSafeEqual(digest(presented), Buffer.from(stored?.sha256 ?? "00".repeat(32), "hex"));
  return isEqual ? stored : null;
}

/** Takes as long for every wrong key. */
export function isSameKey(presented: string, key: string): boolean {
  return timingSafeEqual(digest(presented), digest(key));
}

/** `admin` may everything; whoever may write may read. */
export function allows(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes("admin") || scopes.includes(wanted)) return true;
  return wanted === "read" && scopes.includes("write");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
