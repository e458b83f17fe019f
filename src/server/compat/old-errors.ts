/** Refusals and failures in the older APIs' form: `{success: false, error}`, with our code and hint beside it. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ProductionRecord } from "../../produce/production-store.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { Metrics } from "../metrics.ts";
import { InvalidProduction, statusOf, toError, toProblem } from "../problem.ts";

/** A production that an older request asked for did not succeed; `status` is the answer's. */
export class ProductionFailed extends ReelburstError {
  readonly status: number;

  /** @param rename a place in the production -> the field of the older request it came from */
  constructor(record: ProductionRecord, rename: (path: string) => string) {
    const error = record.error ?? {
      code: "CANCELED",
      message: "The production was canceled.",
      retryable: true,
    };
    super(error.code, error.message, {
      path: error.path === undefined ? undefined : rename(error.path),
      hint: error.hint,
      retryable: error.retryable,
    });
    this.status = statusOfFailure(record);
  }
}

/** A place in the request makes it the caller's; without one it is ours. */
function statusOfFailure({ state, error }: ProductionRecord): number {
  if (state === "canceled") return 409;
  if (error?.code === "DISK_FULL") return 507;
  if (error?.path !== undefined && !error.retryable) return 422;
  return error?.retryable === true ? 503 : 500;
}

/** The production's findings, each at the field of the older request. */
export function renamed(error: InvalidProduction, rename: (path: string) => string): InvalidProduction {
  return new InvalidProduction(error.issues.map((issue) => ({ ...issue, path: rename(issue.path) })));
}

export function sendOldError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: Metrics,
): FastifyReply {
  const error = toError(thrown);
  metrics.errors.inc({ code: error.code });
  const problem = toProblem(error, request);
  const failed = thrown instanceof ProductionFailed ? thrown : null;
  const status = failed?.status ?? statusOf(error);
  // What a production failed of was written for callers; what a handler threw was not.
  const message = failed?.message ?? problem.detail;
  if (status >= 500) request.log.error({ err: error.cause ?? error, code: error.code }, error.message);
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="reelburst"');
  if (status === 413 || status === 408) reply.header("connection", "close");
  if ((status === 429 || status === 503) && !reply.hasHeader("retry-after")) {
    reply.header("retry-after", error.code === "QUEUE_FULL" ? "30" : "2");
  }
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .serializer((value: unknown) => JSON.stringify(value))
    .send({
      success: false,
      error: message,
      message,
      code: failed?.code ?? problem.code,
      retryable: failed?.retryable ?? problem.retryable,
      requestId: request.id,
      ...(error.path === undefined ? {} : { path: error.path }),
      ...(error.hint === undefined || (status === 500 && failed === null) ? {} : { hint: error.hint }),
      ...(problem.issues === undefined ? {} : { issues: problem.issues }),
      ...(status === 401 ? { required_header: "X-Authentication-Key" } : {}),
    });
}
