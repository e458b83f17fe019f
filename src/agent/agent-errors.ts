/** Everything an agent refuses, with its HTTP status. */
import { ReelburstError } from "../support/errors.ts";

const STATUS: Readonly<Record<string, number>> = {
  AGENT_KEY_REFUSED: 401,
  AGENT_ROUTE_UNKNOWN: 404,
  AGENT_CHUNK_UNKNOWN: 404,
  AGENT_ATTEMPT_KNOWN: 409,
  AGENT_CHUNK_UNFINISHED: 409,
  AGENT_ATTEMPT_CANCELED: 410,
  AGENT_LENGTH_MISSING: 411,
  AGENT_ENGINE_DIFFERS: 412,
  AGENT_TOO_LARGE: 413,
  AGENT_RANGE_INVALID: 416,
  AGENT_BLOB_DAMAGED: 422,
  AGENT_ORDER_INVALID: 422,
  AGENT_BLOBS_MISSING: 424,
  AGENT_FULL: 429,
  AGENT_UPLOADS_FULL: 429,
  AGENT_DRAINING: 503,
  AGENT_DISK_FULL: 507,
};

export function statusOf({ code }: ReelburstError): number {
  return STATUS[code] ?? 500;
}

/** Whoever reads these without knowing where they come from takes them for his own machine's. */
const OF_MACHINE: ReadonlySet<string> = new Set([
  "ENCODER_UNAVAILABLE",
  "MEMORY_INSUFFICIENT",
  "NO_WRITE_PERMISSION",
  "OUTPUT_NOT_WRITABLE",
  "RENDER_PROCESS_START",
]);

/** Errors of this machine under names that say so. Another machine may do the same chunk. */
export function asOfAgent(error: ReelburstError): ReelburstError {
  if (error.code !== "DISK_FULL" && !OF_MACHINE.has(error.code)) return error;
  const code = error.code === "DISK_FULL" ? "AGENT_DISK_FULL" : "AGENT_MACHINE_UNFIT";
  return new ReelburstError(code, `On the agent: ${error.message}`, { retryable: true, cause: error });
}

/**
 * Whether an error speaks of the machine or the way to it, not of the chunk: the chunk may be given to another machine
 * and no attempt counted against it.
 */
export function isOfAgent({ code }: { readonly code: string }): boolean {
  return code.startsWith("AGENT_");
}

export function invalidOrder(message: string): ReelburstError {
  return new ReelburstError("AGENT_ORDER_INVALID", message);
}
