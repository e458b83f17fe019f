import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { ProductionRecord } from "../../produce/production-store.ts";
import { ReelburstError } from "../../support/errors.ts";
import { problem } from "../contracts.ts";
import type { ServerDependencies } from "../dependencies.ts";

export type Routes = (app: FastifyInstance, dependencies: ServerDependencies) => void;

/** The app with schemas as types. */
export function typed(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>();
}

/** For OpenAPI: every refusal has this form. */
export const REFUSALS = { "4xx": problem, "5xx": problem } as const;

/** @throws ReelburstError PRODUCTION_NOT_FOUND */
export async function requireProduction(
  { service }: ServerDependencies,
  id: string,
): Promise<ProductionRecord> {
  const record = await service.productions.get(id);
  if (record === null) throw notFound();
  return record;
}

export function notFound(): ReelburstError {
  return new ReelburstError("PRODUCTION_NOT_FOUND", "There is no such production.", {
    hint: "GET /v1/productions lists those there are.",
  });
}
