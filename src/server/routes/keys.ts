import { ReelburstError } from "../../support/errors.ts";
import type { StoredKey } from "../auth/key-store.ts";
import { makeKey } from "../auth/keys.ts";
import { createdKey, keys as keysSchema, newKey, params } from "../contracts.ts";
import { REFUSALS, type Routes, typed } from "./routes.ts";

export const keyRoutes: Routes = (app, { guard, clock }) => {
  const tags = ["keys"];
  const config = { scope: "admin" } as const;
  typed(app).post(
    "/v1/keys",
    { config, schema: { tags, body: newKey, response: { 201: createdKey, ...REFUSALS } } },
    async (request, reply) => {
      const { key, stored } = makeKey(request.body.name, request.body.scopes, clock.now());
      await guard.keys.add(stored);
      return reply.code(201).send({ ...view(stored), key });
    },
  );
  typed(app).get(
    "/v1/keys",
    { config, schema: { tags, response: { 200: keysSchema, ...REFUSALS } } },
    async () => ({ keys: (await guard.keys.list()).map(view) }),
  );
  typed(app).delete(
    "/v1/keys/:id",
    { config, schema: { tags, params: params.key } },
    async (request, reply) => {
      if (await guard.keys.remove(request.params.id)) return reply.code(204).send();
      throw new ReelburstError("KEY_NOT_FOUND", "There is no such key.");
    },
  );
};

function view({ id, name, scopes, createdMs }: StoredKey) {
  return { id, name, scopes: [...scopes], createdAt: new Date(createdMs).toISOString() };
}
