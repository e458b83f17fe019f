import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeLeaseCertificate } from "./certificate.ts";
import { hashOfKey, isLeaseKey, makeLeaseKey } from "./lease-key.ts";

test("a certificate is its own, holds now and a month on, and is another each time", () => {
  const now = Date.UTC(2026, 10, 21);
  const made = Array.from({ length: 50 }, () => makeLeaseCertificate(now));
  for (const { certificatePem, privateKeyPem, fingerprint } of made) {
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe("CN=reelburst-agent");
    expect(certificate.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(fingerprint);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(now);
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(now + 29 * 24 * 3600e3);
    expect(privateKeyPem).toContain("BEGIN PRIVATE KEY");
  }
  expect(new Set(made.map(({ fingerprint }) => fingerprint)).size).toBe(50);
});

test("a key is known by its hash", () => {
  const key = makeLeaseKey();
  expect(isLeaseKey(`Bearer ${key}`, hashOfKey(key))).toBe(true);
  for (const header of [undefined, "", "Bearer", "Bearer ", key, `Bearer ${key} `, `Bearer ${key.slice(1)}`])
    expect(isLeaseKey(header, hashOfKey(key))).toBe(false);
  // Nobody who sets no key is let in by sending none.
  expect(isLeaseKey("Bearer ", hashOfKey(""))).toBe(false);
});
