import { z } from "zod";
import type { ProductionRecord } from "../../produce/production-store.ts";
import type { Production } from "../../spec/production.ts";
import { productionInput } from "../../spec/schema.ts";
import { ReelburstError } from "../../support/errors.ts";
import { digestOf } from "../../support/hash.ts";
import {
  created,
  idempotencyHeaders,
  listQuery,
  page,
  params,
  production as productionSchema,
  validated,
} from "../contracts.ts";
import { InvalidProduction } from "../problem.ts";
import { linkSigner, linksOf, localQuote, productionView, summaryView } from "../views.ts";
import { notFound, REFUSALS, type Routes, requireProduction, typed } from "./routes.ts";

/** Productions: made, checked, listed, looked at, canceled, tried again. */
export const productionRoutes: Routes = (app, dependencies) => {
  const { service, limits, guard } = dependencies;
  const { productions } = service;
  /** Bodies being looked at, by caller and key: the same key must not begin twice meanwhile. */
  const inFlight = new Set<string>();
  /** Without keys an address is as good as a link, and easier to read. */
  const view = (record: ProductionRecord) => productionView(record, linkSigner(guard));
  const quoteOf = async (production: Production) => {
    const { seconds, basis } = await service.estimate(production);
    return localQuote(seconds, basis);
  };

  typed(app).post(
    "/v1/productions",
    {
      config: { scope: "write" },
      schema: {
        summary: "Make a film",
        tags: ["productions"],
        headers: idempotencyHeaders,
        body: productionInput,
        response: { 202: created, ...REFUSALS },
      },
      // The schema above is for readers: the parser of productions tells more, all of it and with hints.
      validatorCompiler: onlyHeaders,
    },
    async (request, reply) => {
      const document = requireObject(request.body);
      const key = request.headers["idempotency-key"] ?? null;
      const flight = `${request.caller.id} ${key}`;
      if (key !== null && inFlight.has(flight)) {
        throw new ReelburstError(
          "IDEMPOTENCY_IN_FLIGHT",
          "A request with this Idempotency-Key is being answered.",
          { retryable: true, hint: "Send the same request again in a moment." },
        );
      }
      if (key !== null) inFlight.add(flight);
      try {
        const { production, issues } = await service.open(document);
        if (production === null) throw new InvalidProduction(issues);
        await dependencies.storage.requireRoom();
        const answer = await productions.create({
          id: service.newId(),
          document,
          title: production.title,
          owner: request.caller.id,
          idempotency: key === null ? null : { key, digest: digestOf(document) },
          maxQueued: limits.maxQueued,
        });
        if (answer.kind === "conflict") {
          throw new ReelburstError(
            "IDEMPOTENCY_KEY_REUSED",
            "This Idempotency-Key came with another production before.",
            { hint: "Use a new key for each new production." },
          );
        }
        if (answer.kind === "full") {
          throw new ReelburstError("QUEUE_FULL", `${answer.queued} productions are waiting.`, {
            retryable: true,
            hint: "Wait as long as Retry-After says and send it again.",
          });
        }
        const { id, state } = answer.production;
        if (answer.kind === "replayed") reply.header("idempotency-replayed", "true");
        return reply
          .code(202)
          .header("location", linksOf(id).self)
          .send({ id, status: state, quote: await quoteOf(production), links: linksOf(id) });
      } finally {
        inFlight.delete(flight);
      }
    },
  );

  typed(app).post(
    "/v1/productions/validate",
    {
      config: { scope: "write" },
      schema: {
        summary: "Check a production and that its assets are there, without making it",
        tags: ["productions"],
        body: productionInput,
        response: { 200: validated, ...REFUSALS },
      },
      validatorCompiler: onlyHeaders,
    },
    async (request) => {
      const { production, issues } = await service.open(requireObject(request.body));
      return {
        valid: production !== null,
        issues: [...issues],
        quote: production === null ? null : await quoteOf(production),
      };
    },
  );

  typed(app).get(
    "/v1/productions",
    {
      config: { scope: "read" },
      schema: {
        summary: "Newest first",
        tags: ["productions"],
        querystring: listQuery,
        response: { 200: page, ...REFUSALS },
      },
    },
    async ({ query }) => {
      const { productions: found, nextCursor } = await productions.list({
        limit: query.limit,
        cursor: query.cursor ?? null,
        state: query.status ?? null,
        search: query.search ?? null,
      });
      return { productions: found.map((summary) => summaryView(summary, linkSigner(guard))), nextCursor };
    },
  );

  typed(app).get(
    "/v1/productions/:id",
    {
      config: { scope: "read" },
      schema: {
        tags: ["productions"],
        params: params.production,
        response: { 200: productionSchema, ...REFUSALS },
      },
    },
    async (request) => view(await requireProduction(dependencies, request.params.id)),
  );

  typed(app).post(
    "/v1/productions/:id/cancel",
    {
      config: { scope: "write" },
      schema: {
        summary: "Queued: canceled at once (200). Being made: cancellation is requested (202).",
        tags: ["productions"],
        params: params.production,
        response: { 200: productionSchema, 202: productionSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const answer = await productions.cancel(id);
      if (answer === "unknown") throw notFound();
      if (answer === "ended") {
        throw new ReelburstError("PRODUCTION_ENDED", "The production has ended; there is nothing to cancel.");
      }
      return reply
        .code(answer === "canceled" ? 200 : 202)
        .send(view(await requireProduction(dependencies, id)));
    },
  );

  typed(app).post(
    "/v1/productions/:id/retry",
    {
      config: { scope: "write" },
      schema: {
        summary: "Queue what failed or was canceled once more; what was rendered is kept",
        tags: ["productions"],
        params: params.production,
        response: { 202: productionSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const answer = await productions.retry(id);
      if (answer === "unknown") throw notFound();
      if (answer === "succeeded") {
        throw new ReelburstError("PRODUCTION_ENDED", "The production has succeeded.", {
          hint: "POST it anew to make it again.",
        });
      }
      if (answer === "busy") {
        throw new ReelburstError("PRODUCTION_NOT_ENDED", "The production is still being made.", {
          hint: "Cancel it first, or wait for its end.",
        });
      }
      return reply.code(202).send(view(await requireProduction(dependencies, id)));
    },
  );
};

/** Checks headers by their schema and lets bodies through as they are. */
export function onlyHeaders({
  schema,
  httpPart,
}: {
  readonly schema: unknown;
  readonly httpPart?: string | undefined;
}) {
  return (data: unknown) => {
    if (httpPart === "body" || !(schema instanceof z.ZodType)) return { value: data };
    const parsed = schema.safeParse(data);
    if (parsed.success) return { value: data };
    return {
      error: new ReelburstError("REQUEST_INVALID", parsed.error.issues[0]?.message ?? "It is wrong.", {
        path: [httpPart, ...(parsed.error.issues[0]?.path ?? [])].join("."),
      }),
    };
  };
}

export function requireObject(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new ReelburstError("BODY_INVALID", "The body is no JSON object.", {
    hint: "Send a production as JSON, with Content-Type: application/json.",
  });
}
