import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createWebhookSecret, requireWebhookSecret, signWebhook, verifyWebhook } from "./signature.ts";

const NOW = Date.UTC(2026, 10, 21);
const secret = createWebhookSecret();
const message = { id: "msg_1", timestamp: NOW / 1000, body: '{"type":"production.succeeded","text":"日本"}' };

describe("signWebhook", () => {
  it("signs id, time and body with the secret's bytes", () => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const expected = createHmac("sha256", key)
      .update(`msg_1.${NOW / 1000}.${message.body}`, "utf8")
      .digest("base64");
    expect(signWebhook(message, [secret])).toEqual({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(NOW / 1000),
      "webhook-signature": `v1,${expected}`,
    });
  });

  it("gives the value that OpenSSL gives", () => {
    // printf '%s' 'msg_a.1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac 0123456789abcdefghijklmnop -binary | base64
    const known = `whsec_${Buffer.from("0123456789abcdefghijklmnop").toString("base64")}`;
    const headers = signWebhook({ id: "msg_a", timestamp: 1614265330, body: '{"test": 2432232314}' }, [
      known,
    ]);
    expect(headers["webhook-signature"]).toBe("v1,hF01RV0Tynk27Hkq3/WZBZMLl98HP7r4mCRS2hTtg7U=");
  });

  it("signs with every secret, and each alone is enough to verify", () => {
    const next = createWebhookSecret();
    const headers = signWebhook(message, [secret, next]);
    expect(headers["webhook-signature"].split(" ")).toHaveLength(2);
    for (const one of [secret, next]) expect(verifyWebhook(headers, message.body, [one], NOW)).toBe(true);
    expect(verifyWebhook(headers, message.body, [createWebhookSecret()], NOW)).toBe(false);
  });

  it.each([
    "",
    "whsec_",
    "whsec_c2hvcnQ=",
    `whsec_${"A".repeat(100)}`,
    "whsec_not base64 not base64 not base64 !!",
    secret.slice(6),
  ])("refuses the secret %j", (bad) => {
    const refused = expect.objectContaining({ code: "WEBHOOK_SECRET_INVALID" });
    expect(() => requireWebhookSecret(bad)).toThrow(refused);
    expect(() => signWebhook(message, [bad])).toThrow(refused);
  });

  it("refuses to sign with nothing, and ids that change what is signed", () => {
    expect(() => signWebhook(message, [])).toThrow(
      expect.objectContaining({ code: "WEBHOOK_SECRET_INVALID" }),
    );
    expect(() => signWebhook({ ...message, id: "a.b" }, [secret])).toThrow(TypeError);
  });
});

describe("verifyWebhook", () => {
  const headers = signWebhook(message, [secret]);
  const CASES: [name: string, headers: Record<string, string>, body: string, nowMs: number][] = [
    ["another body", headers, `${message.body} `, NOW],
    ["another id", { ...headers, "webhook-id": "msg_2" }, message.body, NOW],
    ["another time", { ...headers, "webhook-timestamp": String(NOW / 1000 + 1) }, message.body, NOW],
    ["a time long past", headers, message.body, NOW + 301_000],
    ["a time to come", headers, message.body, NOW - 301_000],
    ["no signature", { ...headers, "webhook-signature": "" }, message.body, NOW],
    ["an empty signature", { ...headers, "webhook-signature": "v1," }, message.body, NOW],
    [
      "another scheme",
      { ...headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v1a,") },
      message.body,
      NOW,
    ],
    ["no headers", {}, message.body, NOW],
  ];

  it.each(CASES)("refuses %s", (_, given, body, now) =>
    expect(verifyWebhook(given, body, [secret], now)).toBe(false),
  );

  it("takes what is near in time, and a good signature among bad ones", () => {
    const mixed = { ...headers, "webhook-signature": `v1,AAAA v2,x ${headers["webhook-signature"]}` };
    expect(verifyWebhook(mixed, message.body, [secret], NOW + 299_000)).toBe(true);
  });
});
