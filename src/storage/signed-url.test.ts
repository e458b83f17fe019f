import { expect, it } from "vitest";
import { expiryOf, signGrant, type UrlGrant, verifyGrant } from "./signed-url.ts";

const keys = [
  { id: "new", secret: "n".repeat(32) },
  { id: "old", secret: "o".repeat(32) },
] as const;
const grant: UrlGrant = {
  method: "PUT",
  key: "a/b.png",
  expiresAt: 1_000,
  sizeBytes: 5,
  contentType: "image/png",
  sha256: "ab".repeat(32),
};
const verify = (query: string, more: { method?: string; key?: string; nowMs?: number } = {}) =>
  verifyGrant({ method: more.method ?? "PUT", key: more.key ?? "a/b.png", query }, keys, more.nowMs ?? 0);

it("says what was signed, with any key that is valid", () => {
  for (const key of keys) expect(verify(signGrant(grant, key))).toEqual({ isValid: true, grant });
  const read: UrlGrant = {
    method: "GET",
    key: "a/b.png",
    expiresAt: 1_000,
    downloadName: "Größe & mehr.png",
  };
  const query = signGrant(read, keys[0]);
  for (const method of ["GET", "HEAD"]) expect(verify(query, { method })).toMatchObject({ grant: read });
});

it("ends at its second", () => {
  const query = signGrant(grant, keys[0]);
  expect(verify(query, { nowMs: 999_999 }).isValid).toBe(true);
  expect(verify(query, { nowMs: 1_000_000 })).toEqual({ isValid: false, reason: "expired" });
});

it("a change of any letter is noticed", () => {
  const query = signGrant(grant, keys[0]);
  for (let index = 0; index < query.length; index++) {
    const other = query[index] === "A" ? "B" : "A";
    const changed = `${query.slice(0, index)}${other}${query.slice(index + 1)}`;
    // The last letter of base64 holds bits that mean nothing.
    const verdict = index === query.length - 1 ? { isValid: false } : verify(changed);
    expect(verdict.isValid, changed).toBe(false);
  }
});

it.each([
  ["another method", (query: string) => verify(query, { method: "DELETE" })],
  ["another key", (query: string) => verify(query, { key: "a/c.png" })],
  ["something added", (query: string) => verify(`${query}&x=1`)],
  ["a name twice", (query: string) => verify(`${query}&size=6`)],
  ["something left out", (query: string) => verify(query.replace("&size=5", ""))],
  ["another order", (query: string) => verify(query.split("&").toReversed().join("&"))],
  ["a key id that is not known", (query: string) => verify(query.replace("key-id=new", "key-id=no"))],
  ["the other key's id", (query: string) => verify(query.replace("key-id=new", "key-id=old"))],
  ["a short signature", (query: string) => verify(query.slice(0, -10))],
])("%s is wrong", (_, check) => {
  expect(check(signGrant(grant, keys[0]))).toEqual({ isValid: false, reason: "wrong" });
});

it("no signature is unsigned", () => {
  expect(verify("method=GET&expires=1000&key-id=new")).toEqual({ isValid: false, reason: "unsigned" });
});

it.each([0, -1, Number.NaN, 8 * 86_400])("is not made for %s s", (seconds) => {
  expect(() => expiryOf(0, seconds)).toThrow(RangeError);
});
