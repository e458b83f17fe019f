import { renderDocs } from "../render-docs.ts";
import type { Routes } from "./routes.ts";

export const docsRoutes: Routes = (app) => {
  const config = { scope: "public" } as const;
  const schema = { hide: true };
  app.get("/openapi.json", { config, schema }, async () => app.swagger());
  app.get("/docs", { config, schema }, async (_request, reply) =>
    reply
      .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
      .type("text/html; charset=utf-8")
      .send(renderDocs(app.swagger())),
  );
};
