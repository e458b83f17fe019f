/** Sockets of the agent: TLS 1.3 alone, and an end to whoever is slow, silent or too many. */
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { ReelburstError } from "../support/errors.ts";
import { systemCode } from "../support/file-errors.ts";
import type { Agent } from "./create-agent.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly timeouts?: Partial<ListenTimeouts>;
}

export interface ListenTimeouts {
  readonly handshakeMs: number;
  readonly headersMs: number;
  /** Of a connection on which nothing moves; event streams say something more often. */
  readonly silentMs: number;
  /** One upload; without the key nobody gets beyond the headers. */
  readonly requestMs: number;
}

export interface Listener {
  readonly port: number;
  /** Takes no more connections, lets answers end for so long, then ends the rest. */
  close(graceMs: number): Promise<void>;
}

const MAX_CONNECTIONS = 512;
const TIMEOUTS: ListenTimeouts = {
  handshakeMs: 10_000,
  headersMs: 10_000,
  silentMs: 60_000,
  requestMs: 3600_000,
};

/** @throws ReelburstError PORT_TAKEN, ADDRESS_UNUSABLE, AGENT_CERTIFICATE_INVALID */
export async function listenAgent(agent: Agent, options: ListenOptions): Promise<Listener> {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const server = makeServer(agent, options, timeouts);
  // Before TLS stands, a connection belongs to no request and is nobody's to close but ours.
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = timeouts.silentMs;
  server.headersTimeout = timeouts.headersMs;
  server.requestTimeout = timeouts.requestMs;
  server.keepAliveTimeout = timeouts.silentMs;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, graceMs);
        const sweep = setInterval(() => server.closeIdleConnections(), 50);
        server.close(() => {
          clearTimeout(timer);
          clearInterval(sweep);
          resolve();
        });
      }),
  };
}

function makeServer(
  agent: Agent,
  { certificatePem, privateKeyPem }: ListenOptions,
  { handshakeMs, headersMs }: ListenTimeouts,
): Server {
  try {
    return createServer(
      {
        cert: certificatePem,
        key: privateKeyPem,
        minVersion: "TLSv1.3",
        ALPNProtocols: ["http/1.1"],
        handshakeTimeout: handshakeMs,
        maxHeaderSize: 16 * 1024,
        connectionsCheckingInterval: headersMs / 4,
        noDelay: true,
      },
      agent.answer,
    );
  } catch (error) {
    throw new ReelburstError("AGENT_CERTIFICATE_INVALID", "The certificate and its key can't be used.", {
      hint: "Make both anew with `reelburst agent --new-lease`.",
      cause: error,
    });
  }
}

function listenError(error: Error, { host, port }: ListenOptions): Error {
  const code = systemCode(error);
  if (code === "EADDRINUSE")
    return new ReelburstError("PORT_TAKEN", `Something else listens on ${host}, port ${port}.`, {
      hint: "Choose another port, or 0 for any that is free.",
      cause: error,
    });
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new ReelburstError("ADDRESS_UNUSABLE", `${host}, port ${port}, can't be listened on (${code}).`, {
      hint: "Choose an address of this machine and a port above 1023.",
      cause: error,
    });
  return error;
}
