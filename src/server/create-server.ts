/** The HTTP application, built from its dependencies. It opens no socket and hears no signal: see `listen.ts`. */
import { randomUUID } from "node:crypto";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { ReelburstError } from "../support/errors.ts";
import { admit, type Caller, NOBODY } from "./auth/guard.ts";
import { compatRoutes } from "./compat/compat-routes.ts";
import type { Scope } from "./contracts.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { sendProblem, toError } from "./problem.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { assetRoutes } from "./routes/assets.ts";
import { consoleRoutes } from "./routes/console.ts";
import { docsRoutes } from "./routes/docs.ts";
import { changeRoutes, eventRoutes } from "./routes/events.ts";
import { fleetRoutes } from "./routes/fleet.ts";
import { keyRoutes } from "./routes/keys.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { outputRoutes } from "./routes/outputs.ts";
import { productionRoutes } from "./routes/productions.ts";
import { quoteRoutes } from "./routes/quotes.ts";
import { systemRoutes } from "./routes/system.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Who may call; a route that says nothing wants `admin`, so that none is open by mistake. */
    scope?: Scope | "public";
    /** The answer may go on for hours: it is not timed. */
    stream?: boolean;
    /** Whoever knows the address may do what it is for: the log has the route instead. */
    secretAddress?: boolean;
    /** A signed link does instead of a key. */
    linked?: boolean;
  }
}

/** Accepted from outside so that a caller's log and ours meet; anything odd gets a new one. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;

export async function createServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const { guard, limits, log, metrics, clock, draining } = dependencies;
  const app = Fastify({
    loggerInstance: log,
    // One line a request, written below.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.maxBodyBytes,
    // Node ends slow headers and slow bodies with 408; a large asset on a slow line comes in parts.
    requestTimeout: 300_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 15_000 },
    maxRequestsPerSocket: 0,
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 400 },
    return503OnClosing: false,
    onProtoPoisoning: "error",
    exposeHeadRoutes: false,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest("caller", null as unknown as Caller);
  const limiter = new RateLimiter(limits.requestsPerMinute);

  app.addHook("onRequest", async (request, reply) => {
    request.caller = NOBODY;
    reply.header("x-request-id", request.id);
    reply.header("x-content-type-options", "nosniff");
    reply.header("cache-control", "no-store");
    if (request.is404) return;
    const wanted = request.routeOptions.config.scope ?? "admin";
    const admitted = await admit(request, wanted, guard).catch((error: unknown) => error);
    if (isCaller(admitted)) request.caller = admitted;
    if (wanted !== "public") {
      // Whoever is not let in is counted too, by address: keys are not to be tried by the thousand.
      const bucket = isCaller(admitted) ? `caller ${admitted.id}` : `address ${request.ip}`;
      const waitSeconds = limiter.take(bucket, clock.monotonicMs());
      if (waitSeconds > 0) {
        reply.header("retry-after", String(waitSeconds));
        throw rateLimited(limits.requestsPerMinute);
      }
    }
    if (!isCaller(admitted)) throw admitted;
    if (draining.aborted && !["GET", "HEAD"].includes(request.method)) {
      throw new ReelburstError("SERVER_DRAINING", "The server is going down.", {
        retryable: true,
        hint: "Send the request again when it is back.",
      });
    }
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    const { method } = request;
    metrics.requests.inc({ method, route, status: String(reply.statusCode) });
    if (request.routeOptions.config.stream !== true)
      metrics.requestSeconds.observe({ method, route }, reply.elapsedTime / 1000);
    metrics.receivedBytes.inc(length(request.headers["content-length"]));
    metrics.sentBytes.inc(length(reply.getHeader("content-length")));
    // The address without its query, no headers: keys and signatures stay out of the log.
    request.log.info(
      {
        method,
        path: request.routeOptions.config.secretAddress === true ? route : pathOf(request),
        status: reply.statusCode,
        caller: request.caller.id,
        ms: Math.round(reply.elapsedTime),
      },
      "request",
    );
  });
  app.setErrorHandler((thrown, request, reply) => {
    metrics.errors.inc({ code: toError(thrown).code });
    return sendProblem(thrown, request, reply);
  });

  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Reelburst",
        version: dependencies.version,
        description: "Scenes in, finished narrated film out.",
      },
      components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
      security: [{ key: [] }],
    },
    transform: jsonSchemaTransform,
  });
  for (const routes of [
    productionRoutes,
    eventRoutes,
    changeRoutes,
    outputRoutes,
    assetRoutes,
    quoteRoutes,
    fleetRoutes,
    keyRoutes,
    webhookRoutes,
    mcpRoutes,
    systemRoutes,
    docsRoutes,
    consoleRoutes,
  ]) {
    await app.register(async (scope) => routes(scope, dependencies));
  }
  await compatRoutes(app, dependencies);
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const allowed = METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
    if (allowed.length === 0) {
      throw new ReelburstError("ROUTE_NOT_FOUND", "There is nothing at this address.", {
        hint: "See /docs for what there is.",
      });
    }
    reply.header("allow", allowed.join(", "));
    throw new ReelburstError("METHOD_NOT_ALLOWED", `${request.method} is not possible here.`, {
      hint: `Possible: ${allowed.join(", ")}.`,
    });
  });
  return app;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"] as const;

function isCaller(admitted: unknown): admitted is Caller {
  return typeof admitted === "object" && admitted !== null && "scopes" in admitted;
}

function rateLimited(perMinute: number): ReelburstError {
  return new ReelburstError("RATE_LIMITED", `More than ${perMinute} requests a minute.`, {
    retryable: true,
    hint: "Wait as long as Retry-After says.",
  });
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?")[0] ?? "/";
}

function length(header: unknown): number {
  const bytes = Number(header);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : 0;
}
