import { ReelburstError } from "../../support/errors.ts";
import type { StoredDelivery } from "../../webhooks/delivery-store.ts";
import { deliveries, delivery, params, webhookSecret } from "../contracts.ts";
import { REFUSALS, type Routes, requireProduction, typed } from "./routes.ts";

/** What was told to whom about productions, and the secret that signs it. */
export const webhookRoutes: Routes = (app, dependencies) => {
  const { webhooks, clock } = dependencies;
  const tags = ["webhooks"];
  typed(app).get(
    "/v1/productions/:id/webhooks",
    {
      config: { scope: "read" },
      schema: {
        summary: "Messages about the production's end, and what became of them",
        tags,
        params: params.production,
        response: { 200: deliveries, ...REFUSALS },
      },
    },
    async (request) => {
      const { id } = await requireProduction(dependencies, request.params.id);
      return { deliveries: (await webhooks.deliveries.list(id)).map(view) };
    },
  );
  typed(app).post(
    "/v1/webhooks/:deliveryId/replay",
    {
      config: { scope: "write" },
      schema: {
        summary: "Send a message once more from the beginning; its id and body stay the same",
        tags,
        params: params.delivery,
        response: { 202: delivery, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const replayed = await webhooks.deliveries.replay(request.params.deliveryId, clock.now());
      if (replayed !== null) return reply.code(202).send(view(replayed));
      throw new ReelburstError("WEBHOOK_NOT_FOUND", "There is no such message.", {
        hint: "GET /v1/productions/<id>/webhooks lists a production's messages.",
      });
    },
  );
  typed(app).post(
    "/v1/webhooks/secret",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Make a new signing secret; the one before signs beside it for a day",
        tags,
        response: { 201: webhookSecret, ...REFUSALS },
      },
    },
    async (_request, reply) => {
      const { stored, previousUntilMs } = await webhooks.newSecret();
      return reply.code(201).send({
        secret: stored.secret,
        createdAt: iso(stored.createdMs),
        previousUntil: iso(previousUntilMs),
      });
    },
  );
};

function view({
  messageId,
  productionId,
  type,
  url,
  state,
  attempts,
  attemptCount,
  createdMs,
}: StoredDelivery) {
  return {
    id: messageId,
    productionId,
    type,
    url,
    state: state.kind,
    nextAttemptAt: state.kind === "waiting" ? iso(state.dueAtMs) : null,
    endedAt: state.kind === "delivered" || state.kind === "gaveUp" ? iso(state.atMs) : null,
    reason: state.kind === "gaveUp" ? state.reason : null,
    attemptCount,
    attempts: attempts.map(({ startedAtMs, durationMs, status, errorCode }) => ({
      startedAt: iso(startedAtMs),
      durationMs,
      status,
      errorCode,
    })),
    createdAt: iso(createdMs),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
