/** A small share of `npm run soak:service`. Linux only: /proc. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { naturalNoise } from "../fixtures/synthetic-pictures.ts";
import { killService } from "../support/kill-service.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { openCluster } from "../support/service-cluster.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;
let postgres: TestPostgres;
beforeAll(async () => {
  studio = await Studio.open();
  postgres = await startPostgres(["fsync=off"]);
}, 120_000);
afterAll(async () => {
  await postgres.stop();
  await studio.close();
});

test.runIf(process.platform === "linux")(
  "kill -9 at random moments: every film that was acknowledged ends once, equal ones in equal bytes",
  { timeout: 240_000 },
  async () => {
    const picture = new Uint8Array(await readFile(await studio.picture("p.png", naturalNoise(320, 180, 1))));
    const document = {
      output: { width: 320, height: 180, fps: 20, quality: "draft" },
      scenes: Array.from({ length: 40 }, (_, index) => ({
        id: `s${index}`,
        image: `asset:${createHash("sha256").update(picture).digest("hex")}`,
        duration: 1.5 + index / 20,
      })),
    };
    const cluster = openCluster(studio.at("cluster"), await postgres.createDatabase());
    try {
      const { films, kills } = await killService({
        cluster,
        servers: 1,
        workers: 1,
        kills: 2,
        // The second from what the first has left, whichever process leads it.
        documents: [document, document],
        bring: (server) => server.upload(picture),
        seed: 7,
      });
      expect(kills).toBeGreaterThan(0);
      expect(films.map(({ status, ends }) => [status, ends])).toEqual([
        ["succeeded", 1],
        ["succeeded", 1],
      ]);
      expect(films[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(films[1]?.sha256).toBe(films[0]?.sha256);
    } finally {
      await cluster.stop();
    }
  },
);
