/** Everything that is refused or fails -> RFC 9457 problem details with the right status. */
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from "fastify-type-provider-zod";
import type { Issue } from "../spec/issue.ts";
import { ReelburstError } from "../support/errors.ts";
import { systemCode } from "../support/file-errors.ts";
import type { Problem } from "./contracts.ts";

/** A refusal with every finding. */
export class InvalidProduction extends ReelburstError {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    const errors = issues.filter(({ severity }) => severity === "error");
    const first = errors[0];
    super(
      errors.length === 1 && first !== undefined ? first.code : "INPUT_INVALID",
      errors.length === 1 && first !== undefined
        ? first.message
        : `The production has ${errors.length} errors.`,
      { path: first?.path, hint: first?.hint },
    );
    this.issues = issues;
  }
}

/** Codes of ours that are no internal failure. */
const STATUS: Readonly<Record<string, number>> = {
  KEY_REQUIRED: 401,
  KEY_INVALID: 401,
  KEY_SCOPE: 403,
  LINK_INVALID: 403,
  LINK_EXPIRED: 403,
  HOST_NOT_ALLOWED: 403,
  ORIGIN_NOT_ALLOWED: 403,
  ROUTE_NOT_FOUND: 404,
  PRODUCTION_NOT_FOUND: 404,
  ASSET_NOT_FOUND: 404,
  OUTPUT_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  WEBHOOK_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  UPLOAD_TIMEOUT: 408,
  IDEMPOTENCY_IN_FLIGHT: 409,
  PRODUCTION_ENDED: 409,
  PRODUCTION_NOT_ENDED: 409,
  OUTPUT_NOT_READY: 409,
  ASSET_BUSY: 409,
  ASSET_OFFSET: 409,
  ASSET_DIGEST_MISMATCH: 409,
  ASSET_INCOMPLETE: 400,
  ASSET_TOO_LARGE: 413,
  BODY_TOO_LARGE: 413,
  BODY_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  BODY_INVALID: 400,
  REQUEST_INVALID: 400,
  BASE64_INVALID: 400,
  CURSOR_INVALID: 400,
  CLIENT_GONE: 499,
  IDEMPOTENCY_KEY_REUSED: 422,
  INPUT_INVALID: 422,
  RATE_LIMITED: 429,
  QUEUE_FULL: 429,
  QUOTES_BUSY: 429,
  SERVER_DRAINING: 503,
  DISK_FULL: 507,
};

/** Fastify's own codes. */
const FRAMEWORK: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "BODY_TYPE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "BODY_INVALID",
  FST_ERR_CTP_INVALID_JSON_BODY: "BODY_INVALID",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "BODY_INVALID",
};

export function toError(thrown: unknown): ReelburstError {
  if (thrown instanceof ReelburstError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const first = thrown.validation[0];
    const at = [thrown.validationContext, ...(first?.instancePath ?? "").split("/").filter(Boolean)];
    return new ReelburstError("REQUEST_INVALID", first?.message ?? "The request is wrong.", {
      path: at.join("."),
      hint: "See /docs for what is expected.",
      cause: thrown,
    });
  }
  if (isResponseSerializationError(thrown)) return ReelburstError.from(thrown);
  const { code = "", message, statusCode = 500 } = thrown as FastifyError;
  if (systemCode(thrown) === "ENOSPC" || systemCode(thrown) === "EDQUOT") {
    return new ReelburstError("DISK_FULL", "The server's disk is full.", { cause: thrown, retryable: true });
  }
  const known = FRAMEWORK[code];
  if (known !== undefined) return new ReelburstError(known, message, { cause: thrown });
  if (statusCode >= 400 && statusCode < 500) {
    return new ReelburstError("REQUEST_INVALID", message, { cause: thrown });
  }
  return ReelburstError.from(thrown);
}

export function statusOf(error: ReelburstError): number {
  if (error instanceof InvalidProduction) return 422;
  return STATUS[error.code] ?? 500;
}

export function toProblem(error: ReelburstError, request: FastifyRequest): Problem {
  const status = statusOf(error);
  return {
    type: `urn:reelburst:error:${error.code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    // What nobody foresaw may hold anything: the log has it, under this request's id.
    detail:
      status === 500
        ? "The server failed in a way nobody foresaw; its log says more under this requestId."
        : error.message,
    code: status === 500 ? "INTERNAL" : error.code,
    instance: request.url.split("?")[0] ?? "/",
    requestId: request.id,
    retryable: error.retryable || [408, 429, 503, 507].includes(status),
    ...(error.hint === undefined || status === 500 ? {} : { hint: error.hint }),
    ...(error.path === undefined || status === 500 ? {} : { path: error.path }),
    ...(error instanceof InvalidProduction ? { issues: [...error.issues] } : {}),
  };
}

export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toError(thrown);
  const body = toProblem(error, request);
  if (body.status >= 500) request.log.error({ err: error.cause ?? error, code: error.code }, error.message);
  if (body.status === 401) reply.header("www-authenticate", 'Bearer realm="reelburst"');
  if ([408, 413].includes(body.status)) reply.header("connection", "close");
  if ([409, 429, 503].includes(body.status) && body.retryable && !reply.hasHeader("retry-after"))
    reply.header("retry-after", body.code === "QUEUE_FULL" ? "30" : "2");
  return reply
    .code(body.status)
    .type("application/problem+json")
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}
