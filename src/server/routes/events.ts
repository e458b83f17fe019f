/** A production's events as Server-Sent Events: all from the beginning, or those after Last-Event-ID, then live. */
import type { FastifyRequest } from "fastify";
import { isEnded, type StoredEvent } from "../../produce/production-store.ts";
import { eventsHeaders, eventsQuery, params } from "../contracts.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { linkSigner, summaryView } from "../views.ts";
import { type Routes, requireProduction, typed } from "./routes.ts";

const PAGE = 200;
/** What another server says is lost with a connection; then it is looked for. */
const LOOK_EVERY_MS = 1000;
const CHANGES_EVERY_MS = 400;

export const eventRoutes: Routes = (app, dependencies) => {
  typed(app).get(
    "/v1/productions/:id/events",
    {
      config: { scope: "read", stream: true },
      schema: {
        summary: "Server-Sent Events; ends after the production's end",
        tags: ["productions"],
        params: params.production,
        headers: eventsHeaders,
        querystring: eventsQuery,
        produces: ["text/event-stream"],
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await requireProduction(dependencies, id);
      reply.hijack();
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders())) raw.setHeader(name, value as string);
      raw.writeHead(200, {
        "content-type": "text/event-stream",
        "x-accel-buffering": "no",
        // Nothing follows a stream on its connection: kept, it would hold up the server's end.
        connection: "close",
      });
      raw.write("retry: 1000\n\n");
      dependencies.metrics.eventStreams.inc();
      const after = Number(request.headers["last-event-id"] ?? 0);
      try {
        const stay = request.query.follow === "true";
        await follow(id, { after, stay }, request, dependencies, (text) => raw.write(text));
      } catch (error) {
        // Half an answer is out: the client sees the end and comes back with Last-Event-ID.
        request.log.error({ err: error }, "event stream");
      } finally {
        dependencies.metrics.eventStreams.dec();
        raw.end();
      }
      return reply;
    },
  );
};

/**
 * Whatever changes, as summaries: what a list of productions is kept fresh with. Changes by other servers are not heard
 * here, and what changed while nobody listened is not told: a client reads the list after it has connected.
 */
export const changeRoutes: Routes = (app, { service, guard, clock, limits, draining, metrics }) => {
  typed(app).get(
    "/v1/events",
    {
      config: { scope: "read", stream: true },
      schema: {
        summary: "Server-Sent Events: the summary of every production that changes",
        tags: ["productions"],
        produces: ["text/event-stream"],
      },
    },
    async (request, reply) => {
      reply.hijack();
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders())) raw.setHeader(name, value as string);
      raw.writeHead(200, {
        "content-type": "text/event-stream",
        "x-accel-buffering": "no",
        connection: "close",
      });
      raw.write("retry: 1000\n\n: connected\n\n");
      metrics.eventStreams.inc();
      const changed = new Set<string>();
      let wake = (): void => {};
      const stop = service.productions.subscribe((id) => {
        changed.add(id);
        wake();
      });
      const tell = (): void => wake();
      const { socket } = request.raw;
      socket.on("close", tell);
      draining.addEventListener("abort", tell);
      const pause = (ms: number, until: () => boolean): Promise<void> =>
        new Promise((resolve) => {
          const cancel = clock.after(ms, resolve);
          wake = () => {
            if (!until()) return;
            cancel();
            resolve();
          };
        });
      const isOver = (): boolean => socket.destroyed || draining.aborted;
      try {
        while (!isOver()) {
          if (changed.size === 0) await pause(limits.heartbeatMs, () => changed.size > 0 || isOver());
          if (isOver()) break;
          const ids = [...changed];
          changed.clear();
          const found = await Promise.all(ids.map((id) => service.productions.get(id)));
          const text = found
            .flatMap((record) =>
              record === null ? [] : [JSON.stringify(summaryView(record, linkSigner(guard)))],
            )
            .map((data) => `event: production\ndata: ${data}\n\n`)
            .join("");
          if (!raw.write(text === "" ? ": heartbeat\n\n" : text) && socket.writableNeedDrain)
            await drained(socket);
          // Several times a second is quick enough for eyes.
          if (text !== "") await pause(CHANGES_EVERY_MS, isOver);
        }
      } catch (error) {
        request.log.error({ err: error }, "event stream");
      } finally {
        stop();
        socket.off("close", tell);
        draining.removeEventListener("abort", tell);
        metrics.eventStreams.dec();
        raw.end();
      }
      return reply;
    },
  );
};

async function follow(
  id: string,
  { after: first, stay }: { readonly after: number; readonly stay: boolean },
  request: FastifyRequest,
  { service, clock, limits, draining }: ServerDependencies,
  write: (text: string) => boolean,
): Promise<void> {
  const { productions } = service;
  const { socket } = request.raw;
  let after = first;
  let changed = false;
  let wake = (): void => {};
  const tell = (): void => {
    changed = true;
    wake();
  };
  const stops = [productions.subscribe((each) => void (each === id && tell()))];
  for (const event of ["close", "drain"]) {
    socket.on(event, tell);
    stops.push(() => socket.off(event, tell));
  }
  draining.addEventListener("abort", tell);
  stops.push(() => draining.removeEventListener("abort", tell));
  let writtenMs = clock.monotonicMs();
  try {
    while (!socket.destroyed && !draining.aborted) {
      changed = false;
      // Looked at before the events, so that the last of them are not missed.
      const record = await productions.get(id);
      const ended = record === null || isEnded(record.state);
      const events = await productions.eventsSince(id, after, PAGE);
      if (events.length > 0) {
        after = events.at(-1)?.sequence ?? after;
        writtenMs = clock.monotonicMs();
        // A client that does not read gets no more until it has: nothing piles up here.
        if (!write(events.map(asText).join("")) && socket.writableNeedDrain) await drained(socket);
      }
      if (events.length === PAGE) continue;
      if (ended || !stay) return;
      if (clock.monotonicMs() - writtenMs >= limits.heartbeatMs) {
        writtenMs = clock.monotonicMs();
        write(": heartbeat\n\n");
      }
      if (changed) continue;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(Math.min(LOOK_EVERY_MS, limits.heartbeatMs), resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
      wake = () => {};
    }
  } finally {
    for (const stop of stops) stop();
  }
}

function drained(socket: FastifyRequest["raw"]["socket"]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}

/** JSON holds no line break, so one data line is enough. */
function asText({ sequence, type, atMs, data }: StoredEvent): string {
  const body = JSON.stringify({ type, at: new Date(atMs).toISOString(), ...data });
  return `id: ${sequence}\nevent: ${type}\ndata: ${body}\n\n`;
}
