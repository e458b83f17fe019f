/** Links that stand for a key, what is told about webhooks, a disk that fills up. */
import type { InjectOptions } from "fastify";
import { afterAll, describe, expect, test } from "vitest";
import { signWebhook, verifyWebhook } from "../webhooks/signature.ts";
import { type FakeServer, FakeServers } from "./testing/fake-server.ts";

const servers = new FakeServers();
afterAll(() => servers.closeAll());

async function ask(server: FakeServer, options: InjectOptions) {
  return server.app.inject(options);
}

async function finished(server: FakeServer, headers: Record<string, string>, webhook?: string) {
  const payload = {
    title: "Bread",
    scenes: [{ image: await server.asset("picture"), duration: 1 }],
    ...(webhook === undefined ? {} : { webhook: { url: webhook } }),
  };
  const response = await ask(server, { method: "POST", url: "/v1/productions", payload, headers });
  expect(response.statusCode, response.body).toBe(202);
  await server.finish("the film's bytes");
  const { id } = response.json<{ id: string }>();
  const view = (await ask(server, { url: `/v1/productions/${id}`, headers })).json<{ url: string }>();
  return { id, url: view.url };
}

describe("links", () => {
  test("work without a key, in parts too, until they expire", async () => {
    let aheadMs = 0;
    const server = await servers.open({ keyRequired: true, clockOffsetMs: () => aheadMs });
    const headers = { authorization: `Bearer ${await server.key(["write"])}` };
    const { id, url } = await finished(server, headers);
    expect((await ask(server, { url: `/v1/productions/${id}/output` })).statusCode).toBe(401);
    const whole = await ask(server, { url });
    expect([whole.statusCode, whole.body]).toEqual([200, "the film's bytes"]);
    expect((await ask(server, { url, method: "HEAD" })).statusCode).toBe(200);
    const part = await ask(server, { url, headers: { range: "bytes=4-7" } });
    expect([part.statusCode, part.body]).toEqual([206, "film"]);
    expect(server.log()).not.toContain("signature");
    aheadMs = 3_601_000;
    const late = await ask(server, { url });
    expect([late.statusCode, late.json<{ code: string }>().code]).toEqual([403, "LINK_EXPIRED"]);
  });

  test("are refused when any part of them is changed, and open nothing else", async () => {
    const server = await servers.open({ keyRequired: true });
    const headers = { authorization: `Bearer ${await server.key(["write"])}` };
    const { id, url } = await finished(server, headers);
    const other = await finished(server, headers);
    const [path = "", query = ""] = url.split("?");
    const edits = [
      url.replace(/expires=(\d+)/, (_all, seconds: string) => `expires=${Number(seconds) + 60}`),
      url.replace("method=GET", "method=PUT"),
      url.replace(/key-id=[^&]+/, "key-id=links-2"),
      url.replace(/signature=./, (text) => (text.endsWith("A") ? "signature=B" : "signature=A")),
      `${url}&expires=1`,
      `${url}&name=other.mp4`,
      `${path.replace(id, other.id)}?${query}`,
      `/v1/productions/${id}/files/film.mp4?${query}`,
      `${path}?signature=`,
    ];
    for (const edited of edits) {
      const response = await ask(server, { url: edited });
      expect([response.statusCode, edited]).toEqual([403, edited]);
      expect(response.json()).toMatchObject({ code: "LINK_INVALID" });
    }
    // Elsewhere a signature is nothing.
    expect((await ask(server, { url: `/v1/productions/${id}?${query}` })).statusCode).toBe(401);
    expect(
      (await ask(server, { method: "POST", url: `/v1/productions/${id}/cancel?${query}` })).statusCode,
    ).toBe(401);
  });

  test("are plain addresses where nobody needs a key", async () => {
    const server = await servers.open();
    const { id, url } = await finished(server, {});
    expect(url).toBe(`/v1/productions/${id}/output`);
  });
});

describe("webhooks", () => {
  test("are listed and sent again on request", async () => {
    const server = await servers.open();
    const { id } = await finished(server, {}, "https://example.com/hook");
    const listed = (await ask(server, { url: `/v1/productions/${id}/webhooks` })).json<{
      deliveries: { id: string; state: string }[];
    }>();
    expect(listed.deliveries).toMatchObject([
      { productionId: id, type: "production.succeeded", state: "waiting", attemptCount: 0, attempts: [] },
    ]);
    const message = listed.deliveries[0]?.id ?? "";
    const again = await ask(server, { method: "POST", url: `/v1/webhooks/${message}/replay` });
    expect([again.statusCode, again.json<{ id: string }>().id]).toEqual([202, message]);
    const unknown = await ask(server, { method: "POST", url: `/v1/webhooks/msg_${"0".repeat(32)}_1/replay` });
    expect(unknown.json()).toMatchObject({ status: 404, code: "WEBHOOK_NOT_FOUND" });
  });

  test("are signed with a secret that is shown once, for administrators", async () => {
    const server = await servers.open({ keyRequired: true });
    const make = async (scope: "write" | "admin") =>
      ask(server, {
        method: "POST",
        url: "/v1/webhooks/secret",
        headers: { authorization: `Bearer ${await server.key([scope])}` },
      });
    expect((await make("write")).statusCode).toBe(403);
    const first = (await make("admin")).json<{ secret: string; previousUntil: string }>();
    const second = (await make("admin")).json<{ secret: string }>();
    expect(second.secret).not.toBe(first.secret);
    const message = { id: "msg_1", timestamp: Math.floor(Date.now() / 1000), body: "{}" };
    expect(verifyWebhook({ ...signWebhook(message, [first.secret]) }, "{}", [first.secret], Date.now())).toBe(
      true,
    );
    expect(server.log()).not.toContain(first.secret);
  });
});

describe("the disk", () => {
  test("nearly full: not ready, no new productions, said once in the log; then room again", async () => {
    let free = 100e6;
    const server = await servers.open({ diskFreeBytes: () => free });
    const payload = { scenes: [{ image: await server.asset("picture"), duration: 1 }] };
    const post = () => ask(server, { method: "POST", url: "/v1/productions", payload });
    const ready = await ask(server, { url: "/ready" });
    expect([ready.statusCode, ready.json<{ status: string }>().status]).toEqual([503, "unavailable"]);
    for (const answer of [await post(), await post()]) {
      expect(answer.json()).toMatchObject({ status: 507, code: "DISK_FULL", retryable: true });
    }
    expect(await server.service.productions.counts()).toEqual({});
    expect(server.log().match(/nearly full: new/g)).toHaveLength(1);
    free = 1e12;
    expect((await post()).statusCode).toBe(202);
    expect(server.log()).toContain("has room again");
  });
});
