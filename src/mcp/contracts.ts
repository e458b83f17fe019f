/** What the tools take and give, in the API's own terms: docs/guide/mcp.md shows the same. */
import { z } from "zod";

const id = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "Expected the 32 lower-case hex digits that render gave.")
  .describe("The production's id, from render.");
const document = z
  .record(z.string(), z.unknown())
  .describe(
    "A production: scenes with an image, a video or a card, narration, captions; output, soundtrack and more. Its JSON Schema is the resource reelburst://production.schema.json.",
  );

const issue = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.string(),
  path: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});
const cost = z.object({
  amount: z.number().describe("Millionths of the currency."),
  currency: z.string(),
  basis: z.string(),
});
const offer = z.object({
  where: z.string().describe("What run.where takes to choose it."),
  machines: z.number(),
  seconds: z.number().nullable(),
  cost,
  notes: z.array(z.string()),
});
const error = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  path: z.string().optional(),
  hint: z.string().optional(),
});

export const validateShape = {
  input: { production: document },
  output: z.object({ valid: z.boolean(), issues: z.array(issue) }),
};
export const quoteShape = {
  input: { production: document },
  output: z.object({
    frames: z.number(),
    seconds: z.number().describe("Length of the film."),
    framesToRender: z.number().describe("Those that are not kept from an earlier render."),
    quotes: z.array(offer),
  }),
};
export const renderShape = {
  input: {
    production: document,
    maxCost: z
      .number()
      .min(0)
      .describe("US dollars it may cost at most. 0: only what costs nothing, which this machine does."),
    idempotencyKey: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/)
      .optional()
      .describe("The same key with the same production gives the same film: for calls that may be repeated."),
  },
  output: z.object({ id: z.string(), status: z.string(), quote: offer }),
};
export const statusShape = {
  input: { id },
  output: z.object({
    id: z.string(),
    status: z.string(),
    title: z.string().nullable(),
    progress: z.number(),
    framesRendered: z.number(),
    framesTotal: z.number(),
    etaSeconds: z.number().nullable(),
    error: error.extend({ scene: z.string().nullable().optional() }).nullable(),
    problems: z.array(error),
    url: z.string().nullable().describe("Of the film, once succeeded."),
    posterUrl: z.string().nullable(),
    files: z.array(z.object({ kind: z.string(), name: z.string(), sizeBytes: z.number(), url: z.string() })),
  }),
};
export const cancelShape = {
  input: { id },
  output: z.object({ id: z.string(), status: z.string(), cancelRequested: z.boolean() }),
};
export const costsShape = {
  input: {},
  output: z.object({
    accrued: z.number(),
    currency: z.string(),
    basis: z.string(),
    lines: z.array(
      z.object({ what: z.string(), quantity: z.number(), unit: z.string(), amount: z.number() }),
    ),
  }),
};
