/**
 * What goes over the wire, as schemas: checked on the way in, checked on the way out, published as OpenAPI. One file on
 * purpose: it is the contract that clients, the console included, are written against.
 */
import { z } from "zod";

const isoTime = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "Expected 64 lower-case hex digits.");
const productionId = z.string().regex(/^[0-9a-f]{32}$/, "Expected 32 lower-case hex digits.");

export const productionState = z.enum([
  "queued",
  "fetching",
  "planning",
  "provisioning",
  "rendering",
  "assembling",
  "publishing",
  "succeeded",
  "failed",
  "canceled",
]);

const issue = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.string(),
  path: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    instance: z.string(),
    requestId: z.string(),
    retryable: z.boolean(),
    hint: z.string().optional(),
    path: z.string().optional(),
    issues: z.array(issue).optional(),
  })
  .meta({ description: "RFC 9457 problem details. Match on code, never on texts." });

export type Problem = z.infer<typeof problem>;

const error = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  path: z.string().optional(),
  hint: z.string().optional(),
});

export const costs = z.object({
  accrued: z.number(),
  currency: z.literal("USD"),
  basis: z.string(),
  lines: z.array(z.object({ what: z.string(), quantity: z.number(), unit: z.string(), amount: z.number() })),
});

export const quote = z.object({
  pool: z.string(),
  costUsd: z.number(),
  predictedSeconds: z.number().nullable(),
  basis: z.string(),
});

const links = z.object({ self: z.string(), events: z.string() });

export const productionSummary = z.object({
  id: productionId,
  status: productionState,
  title: z.string().nullable(),
  attempt: z.int(),
  progress: z.number().min(0).max(1).meta({ description: "From frames; 1 only when succeeded." }),
  framesRendered: z.int(),
  framesTotal: z.int(),
  fps: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  cancelRequested: z.boolean(),
  error: error
    .extend({ scene: z.string().nullable() })
    .nullable()
    .meta({ description: "scene: the scene that failed, where it is one." }),
  createdAt: isoTime,
  updatedAt: isoTime,
  startedAt: isoTime.nullable(),
  endedAt: isoTime.nullable(),
  sceneCount: z.int().meta({ description: "0 until it is planned." }),
  seconds: z.number().nullable().meta({ description: "Length of the finished film." }),
  posterUrl: z.string().nullable(),
  costs,
});

export type ProductionSummaryView = z.infer<typeof productionSummary>;

export const production = productionSummary.extend({
  document: z.record(z.string(), z.unknown()).meta({ description: "As it was posted." }),
  scenes: z.array(
    z.object({
      id: z.string(),
      status: z.enum(["waiting", "active", "done", "retried", "failed", "skipped"]),
      attempt: z.int(),
      cached: z.boolean(),
      framesRendered: z.int(),
      framesTotal: z.int(),
      worker: z.string().nullable(),
      renderMs: z.int().nullable(),
      url: z.string().nullable(),
      thumbnailUrl: z.string().nullable().meta({ description: "JPEG of a finished frame." }),
    }),
  ),
  problems: z.array(error),
  result: z
    .object({
      width: z.int(),
      height: z.int(),
      fps: z.number(),
      frames: z.int(),
      seconds: z.number(),
      sizeBytes: z.int(),
      encoder: z.string(),
      integratedLufs: z.number().nullable(),
      files: z.array(z.object({ kind: z.string(), name: z.string(), sizeBytes: z.int(), url: z.string() })),
      findings: z
        .array(
          z.object({
            code: z.string(),
            severity: z.enum(["info", "warning"]),
            scene: z.string().nullable(),
            atSeconds: z.number().nullable(),
            message: z.string(),
            hint: z.string(),
          }),
        )
        .meta({ description: "What was measured in the finished film and stands out." }),
      notices: z.array(
        z.object({
          code: z.string(),
          message: z.string(),
          path: z.string().optional(),
          hint: z.string().optional(),
        }),
      ),
    })
    .nullable(),
  url: z.string().nullable().meta({ description: "Of the film, once succeeded." }),
  lastEventId: z.int().meta({ description: "What this view already tells; follow the events after it." }),
  links,
});

export type ProductionView = z.infer<typeof production>;

export const created = z.object({ id: productionId, status: productionState, quote, links });

export const page = z.object({
  productions: z.array(productionSummary),
  nextCursor: z.string().nullable(),
});

export const validated = z.object({ valid: z.boolean(), issues: z.array(issue), quote: quote.nullable() });

export const quotes = z.object({
  frames: z.int(),
  seconds: z.number(),
  framesToRender: z.int(),
  quotes: z.array(quote),
});

export const workers = z.object({
  workers: z.array(
    z.object({
      id: z.string(),
      pool: z.string(),
      state: z.enum(["idle", "busy"]),
      slots: z.int(),
      productions: z.array(productionId),
    }),
  ),
});

export const leases = z.object({ leases: z.array(z.object({ id: z.string(), pool: z.string() })) });

export const health = z.object({ status: z.literal("ok"), version: z.string(), uptimeSeconds: z.number() });

export const readiness = z.object({
  status: z.enum(["ready", "draining", "unavailable"]),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() })),
});

export const systemCheck = z.object({
  status: z.enum(["ok", "warning", "failed"]),
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["ok", "warning", "failed"]),
      message: z.string(),
      hint: z.string().optional(),
    }),
  ),
});

export const asset = z.object({ sha256, sizeBytes: z.int(), uri: z.string() });

export const scope = z.enum(["read", "write", "admin"]);
export type Scope = z.infer<typeof scope>;

export const newKey = z.strictObject({
  name: z.string().min(1).max(100),
  scopes: z.array(scope).min(1).max(3).default(["read", "write"]),
});
const keyView = z.object({ id: z.string(), name: z.string(), scopes: z.array(scope), createdAt: isoTime });
export const createdKey = keyView.extend({
  key: z.string().meta({ description: "Shown this once; the server keeps its hash." }),
});
export const keys = z.object({ keys: z.array(keyView) });

export const params = {
  production: z.object({ id: productionId }),
  scene: z.object({ id: productionId, scene: z.string().regex(/^[A-Za-z0-9_-]{1,200}$/) }),
  file: z.object({ id: productionId, name: z.string().min(1).max(300) }),
  asset: z.object({ sha256 }),
  key: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) }),
};

export const listQuery = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  status: z
    .enum([...productionState.options, "active"])
    .optional()
    .meta({ description: "active: whatever has not ended." }),
  search: z.string().max(200).optional().meta({ description: "Part of the title, in any case." }),
});

export const thumbnailQuery = z.strictObject({
  of: z.string().max(100).optional().meta({ description: "From thumbnailUrl: makes the address lasting." }),
});

export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "Expected 1 to 255 printable ASCII characters.")
    .optional(),
});

export const eventsHeaders = z.object({
  "last-event-id": z
    .string()
    .regex(/^\d{0,9}$/, "Expected the id of an event.")
    .optional(),
});
