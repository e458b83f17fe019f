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

const price = z.object({
  amount: z.int().meta({ description: "Millionths of the currency: exact, and whole." }),
  currency: z.literal("USD"),
  basis: z.string().meta({ description: "Where the price comes from." }),
});

/** One way to have a production made. */
export const quote = z.object({
  where: z.string().meta({ description: "What run.where takes to choose it." }),
  machines: z.int(),
  seconds: z.number().nullable().meta({ description: "Predicted; null: not measured yet." }),
  cost: price,
  notes: z.array(z.string()),
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
      role: z.enum(["server", "worker"]),
      host: z.string(),
      /** `lost`: nothing was heard of it for so long that others take over its work. */
      state: z.enum(["idle", "busy", "draining", "lost"]),
      slots: z.int(),
      /** Chunks being drawn there now, of whichever production, and those drawn since its start. */
      chunks: z.int(),
      chunksFinished: z.int(),
      /** Those it leads. */
      productions: z.array(productionId),
      startedAt: z.string(),
      heartbeatAgeSeconds: z.number(),
    }),
  ),
});

export const leases = z.object({
  leases: z.array(
    z.object({
      id: z.string(),
      provider: z.string(),
      region: z.string(),
      machineType: z.string(),
      spot: z.boolean(),
      state: z.string(),
      productionId: productionId.nullable(),
      openedAt: isoTime,
      closedAt: isoTime.nullable(),
      cost: price,
    }),
  ),
});

/** Shared with the older APIs; see docs/guide/compatibility.md. */
export const health = z.object({
  status: z.literal("healthy"),
  version: z.string(),
  uptimeSeconds: z.number(),
  service: z.string(),
  timestamp: isoTime,
  authentication: z.object({
    mode: z.enum(["default", "secure"]),
    description: z.string(),
    required_header: z.string().optional(),
  }),
  available_endpoints: z.array(z.string()),
  jobs: z.record(z.string(), z.int()).optional().meta({ description: "For callers with a key." }),
  workers: z.record(z.string(), z.int()).optional(),
});

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

export const delivery = z.object({
  id: z.string().meta({ description: "The message's webhook-id, the same in every attempt." }),
  productionId,
  type: z.string(),
  url: z.string(),
  state: z.enum(["waiting", "sending", "delivered", "gaveUp"]),
  nextAttemptAt: isoTime.nullable(),
  endedAt: isoTime.nullable(),
  reason: z.enum(["attemptsUsedUp", "receiverGone", "urlRefused"]).nullable(),
  attemptCount: z.int(),
  attempts: z.array(
    z.object({
      startedAt: isoTime,
      durationMs: z.int(),
      status: z.int().nullable().meta({ description: "Null when there was no answer." }),
      errorCode: z.string().nullable(),
    }),
  ),
  createdAt: isoTime,
});

export const deliveries = z.object({ deliveries: z.array(delivery) });

export const webhookSecret = z.object({
  secret: z.string().meta({ description: "Shown this once." }),
  createdAt: isoTime,
  previousUntil: isoTime.meta({ description: "Until then messages are signed with the one before too." }),
});

export const params = {
  delivery: z.object({ deliveryId: z.string().regex(/^msg_[0-9a-f]{32}_\d{1,9}$/) }),
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

export const eventsQuery = z.strictObject({
  follow: z
    .enum(["true", "false"])
    .default("true")
    .meta({ description: "false: what has happened so far, then the end of the answer." }),
});

export const eventsHeaders = z.object({
  "last-event-id": z
    .string()
    .regex(/^\d{0,9}$/, "Expected the id of an event.")
    .optional(),
});
