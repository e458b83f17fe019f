/** A webhook across kill -9: the server dies between two attempts, and the next one delivers the very same message. */

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyWebhook } from "../../src/webhooks/signature.ts";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { Served } from "./support/server.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
let server: Served;
let receiver: Server;
const received: { headers: Record<string, string | undefined>; body: string }[] = [];

const start = () =>
  Served.start({
    data: studio.at("data"),
    cache: studio.at("cache"),
    env: { REELBURST_FETCH_ALLOW: `127.0.0.1:${(receiver.address() as AddressInfo).port}` },
  });

beforeAll(async () => {
  studio = await Studio.open();
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ headers: request.headers as Record<string, string | undefined>, body });
      response.writeHead(received.length === 1 ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  server = await start();
});
afterAll(async () => {
  await server.stop();
  await new Promise((resolve) => receiver.close(resolve));
  await studio.close();
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe.runIf(process.platform === "linux")("webhooks", () => {
  // Killed before it had noted the first answer, the server leaves a lease of two minutes to wait out.
  test("survive the server", { timeout: 240_000 }, async () => {
    const { secret } = (await (await server.post("/v1/webhooks/secret")).json()) as { secret: string };
    const png = await studio.picture("p.png", naturalNoise(192, 108, 1));
    const picture = await server.upload(new Uint8Array(await readFile(png)));
    const answer = await server.post("/v1/productions", {
      title: "Told",
      output: { width: 192, height: 108, fps: 10, quality: "draft" },
      scenes: [{ id: "a", image: picture, duration: 1 }],
      webhook: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook` },
      metadata: { order: 7 },
    });
    const { id } = (await answer.json()) as { id: string };
    await until(() => received.length === 1);
    await server.kill();
    server = await start();
    await until(() => received.length === 2);
    const [first, second] = received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    for (const { headers, body } of received) {
      expect(verifyWebhook(headers, body, [secret], Date.now())).toBe(true);
      expect(JSON.parse(body)).toMatchObject({
        type: "production.succeeded",
        data: { metadata: { order: 7 } },
      });
    }
    let told: Record<string, unknown> = {};
    await expect
      .poll(async () => {
        const { deliveries } = (await server.get(`/v1/productions/${id}/webhooks`)) as {
          deliveries: Record<string, unknown>[];
        };
        expect(deliveries).toHaveLength(1);
        told = deliveries[0] ?? {};
        return told["state"];
      })
      .toBe("delivered");
    const replayed = await server.post(`/v1/webhooks/${String(told["id"])}/replay`);
    expect(replayed.status).toBe(202);
    await until(() => received.length === 3);
    expect(received[2]?.body).toBe(first?.body);
    expect(server.log).not.toContain(secret);
  });
});
