/** A service of several processes that are killed at random while it makes films, and what became of every film. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { randomInteger, seededRandom } from "../../src/support/random.ts";
import type { Served, ServerEvent } from "../e2e/support/server.ts";
import type { ServiceCluster } from "./service-cluster.ts";

export interface KillServicePlan {
  readonly cluster: ServiceCluster;
  readonly servers: number;
  readonly workers: number;
  readonly kills: number;
  /** Bodies of productions; `asset:` sources are uploaded by `bring`. */
  readonly documents: readonly object[];
  readonly bring: (server: Served) => Promise<unknown>;
  readonly seed: number;
  readonly say?: (text: string) => void;
}

export interface KilledService {
  readonly kills: number;
  /** In the order of the documents. */
  readonly films: readonly {
    readonly status: string;
    readonly code: string | null;
    /** How often its events say that it has ended. */
    readonly ends: number;
    /** Of the film's file. */
    readonly sha256: string | null;
    /** Times it was begun. */
    readonly attempts: number;
  }[];
}

const LONGEST_PAUSE_MS = 4000;

export async function killService(plan: KillServicePlan): Promise<KilledService> {
  const { cluster, kills, documents, say = () => {} } = plan;
  const random = seededRandom(plan.seed);
  const roles = [
    ...Array.from({ length: plan.servers }, () => "serve" as const),
    ...Array.from({ length: plan.workers }, () => "worker" as const),
  ];
  const processes = await Promise.all(roles.map((role) => cluster.start(role)));
  await plan.bring(processes[0] as Served);
  /** Whichever server answers; killed ones are asked again when their next one is there. */
  const ask = async <Answer>(question: (server: Served) => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 0; ; attempt++) {
      const server = processes[attempt % plan.servers] as Served;
      try {
        return await question(server);
      } catch (error) {
        if (attempt > 300) throw error;
        await pause(200);
      }
    }
  };
  const ids: string[] = [];
  for (const [place, document] of documents.entries()) {
    // Acknowledged once, however often the server that takes it is killed.
    ids.push(
      await ask(async (server) => {
        const response = await server.post("/v1/productions", document, {
          "idempotency-key": `film-${place}`,
        });
        const body = (await response.json()) as { id?: string };
        if (body.id === undefined) throw new Error(JSON.stringify(body));
        return body.id;
      }),
    );
  }
  let done = false;
  let killed = 0;
  const killing = (async (): Promise<void> => {
    while (killed < kills && !done) {
      await pause(randomInteger(random, LONGEST_PAUSE_MS));
      if (done) return;
      const place = randomInteger(random, processes.length);
      await (processes[place] as Served).kill();
      killed += 1;
      say(`killed ${roles[place]} ${place}`);
      processes[place] = await cluster.start(roles[place] ?? "serve");
    }
  })();
  const views: Record<string, unknown>[] = [];
  const films: KilledService["films"][number][] = [];
  for (const id of ids) {
    let view: Record<string, unknown>;
    do {
      await pause(250);
      view = await ask((server) => server.get(`/v1/productions/${id}`));
    } while (!["succeeded", "failed", "canceled"].includes(String(view["status"])));
    views.push(view);
    say(`${id} ${String(view["status"])}`);
  }
  done = true;
  await killing;
  for (const [place, id] of ids.entries()) {
    const events: readonly ServerEvent[] = await ask((server) => server.follow(id));
    const view = views[place] ?? {};
    const ended = events.filter(
      ({ type, data }) =>
        type === "state" && ["succeeded", "failed", "canceled"].includes(String(data["state"])),
    );
    films.push({
      status: String(view["status"]),
      code: (view["error"] as { code?: string } | null)?.code ?? null,
      ends: ended.length,
      sha256: view["status"] === "succeeded" ? await ask((server) => digestOfFilm(server, id)) : null,
      attempts: Number(view["attempt"]),
    });
  }
  return { kills: killed, films };
}

async function digestOfFilm(server: Served, id: string): Promise<string> {
  const response = await fetch(`${server.url}/v1/productions/${id}/output`);
  if (!response.ok) throw new Error(await response.text());
  return createHash("sha256")
    .update(Buffer.from(await response.arrayBuffer()))
    .digest("hex");
}
