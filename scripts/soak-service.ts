/**
 * The service for longer than a test may take: `npm run soak:service [kills] [seed]`. Servers and workers on one
 * PostgreSQL are killed with kill -9 at random moments and started again while they make films; then the same films are
 * made undisturbed. Ends with 1 when a film was lost, ended twice, or differs in a byte.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Served } from "../test/e2e/support/server.ts";
import { Studio } from "../test/e2e/support/studio.ts";
import { naturalNoise } from "../test/fixtures/synthetic-pictures.ts";
import { type KilledService, killService } from "../test/support/kill-service.ts";
import { startPostgres } from "../test/support/postgres.ts";
import { openCluster } from "../test/support/service-cluster.ts";

const kills = Number(process.argv[2] ?? 25);
const seed = Number(process.argv[3] ?? 20261121);
const FILMS = Math.max(4, Math.ceil(kills / 2));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const studio = await Studio.open();
const postgres = await startPostgres();
let problems = 0;
const mustBe = (what: string, found: number, wanted: number): void => {
  if (found !== wanted) problems++;
  say(`  ${what}: ${found}${found === wanted ? "" : `, not ${wanted}`}`);
};
try {
  const picture = new Uint8Array(await readFile(await studio.picture("p.png", naturalNoise(640, 360, 1))));
  const asset = `asset:${createHash("sha256").update(picture).digest("hex")}`;
  const documents = Array.from({ length: FILMS }, (_, number) => ({
    title: `Film ${number}`,
    output: { width: 640, height: 360, fps: 25, quality: "draft" },
    scenes: Array.from({ length: 12 }, (_each, index) => ({
      id: `s${index}`,
      image: asset,
      duration: 2 + index / 25,
      motion: { effect: "zoomIn", amount: 0.1 + number / 200 },
    })),
  }));
  const run = async (name: string, count: number): Promise<KilledService> => {
    const cluster = openCluster(studio.at(name), await postgres.createDatabase());
    try {
      return await killService({
        cluster,
        servers: 2,
        workers: 2,
        kills: count,
        documents,
        bring: (server: Served) => server.upload(picture),
        seed,
        say: (text) => say(`  ${text}`),
      });
    } finally {
      await cluster.stop();
    }
  };
  say(`Killed ${kills} times, seed ${seed}`);
  const killed = await run("killed", kills);
  say("Undisturbed");
  const calm = await run("calm", 0);
  say("Outcome");
  mustBe("films acknowledged", killed.films.length, FILMS);
  mustBe("succeeded", killed.films.filter(({ status }) => status === "succeeded").length, FILMS);
  mustBe("ended exactly once", killed.films.filter(({ ends }) => ends === 1).length, FILMS);
  mustBe(
    "the same bytes as undisturbed",
    killed.films.filter(({ sha256 }, place) => sha256 !== null && sha256 === calm.films[place]?.sha256)
      .length,
    FILMS,
  );
  say(
    `  kills: ${killed.kills}; productions begun again: ${killed.films.filter(({ attempts }) => attempts > 1).length}`,
  );
} finally {
  await postgres.stop();
  await studio.close();
}
if (problems > 0) process.exitCode = 1;
