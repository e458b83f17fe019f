/** Sockets: where the application is reached, and how it goes down without dropping what it is answering. */
import type { FastifyInstance } from "fastify";
import { ReelburstError } from "../support/errors.ts";
import { systemCode } from "../support/file-errors.ts";

const MAX_CONNECTIONS = 2000;
/** Answers that are still being sent get this long; a film of some GB is asked for again with a range. */
const DRAIN_MS = 10_000;

/**
 * @returns the address as a URL
 * @throws ReelburstError PORT_TAKEN, ADDRESS_UNUSABLE
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  app.server.maxConnections = MAX_CONNECTIONS;
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = systemCode(error);
    if (code === "EADDRINUSE") {
      throw new ReelburstError("PORT_TAKEN", `Something else listens on ${host}, port ${port}.`, {
        hint: "Choose another --port, or 0 for any that is free.",
        cause: error,
      });
    }
    if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw new ReelburstError("ADDRESS_UNUSABLE", `${host}, port ${port}, can't be listened on (${code}).`, {
        hint: "Choose an address of this machine and a port above 1023.",
        cause: error,
      });
    }
    throw error;
  }
  const address = app.server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return `http://${host.includes(":") ? `[${host}]` : host}:${bound}`;
}

/** Takes no more connections, waits for what is being answered, and then ends what is left. */
export async function closeGently(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  // A connection that ends its answer after the close would otherwise be kept alive for the next one.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
    clearInterval(sweep);
  }
}
