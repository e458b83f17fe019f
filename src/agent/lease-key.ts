/** The bearer key of one lease. The agent keeps its hash only: that is enough to know it by. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 random bits, so that its plain SHA-256 gives nothing away. */
export function makeLeaseKey(): string {
  return `rba_${randomBytes(32).toString("base64url")}`;
}

/** Lower-case hex. */
export function hashOfKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** In constant time. @param header value of `Authorization` */
export function isLeaseKey(header: string | undefined, keySha256: string): boolean {
  const presented = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header ?? "")?.[1] ?? "";
  const digest = createHash("sha256").update(presented).digest();
  return timingSafeEqual(digest, Buffer.from(keySha256, "hex")) && presented !== "";
}
