import { createServer, type RequestListener, type Server } from "node:http";
import net from "node:net";

export interface LoopbackServer {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** `127.0.0.1:port`, as the settings name it. */
  readonly host: string;
  /** Connections taken so far. */
  readonly connects: () => number;
  readonly close: () => Promise<void>;
}

/** A real HTTP server on a free port of 127.0.0.1. */
export function serveHttp(listener: RequestListener): Promise<LoopbackServer> {
  return listen(createServer(listener));
}

/** A server that says whatever bytes the handler writes. */
export function serveRaw(handler: (socket: net.Socket) => void): Promise<LoopbackServer> {
  return listen(
    net.createServer((socket) => {
      socket.on("error", () => {});
      handler(socket);
    }),
  );
}

/** Answers every request with these bytes, then hangs up. */
export function serveBytes(...answers: readonly (string | Uint8Array)[]): Promise<LoopbackServer> {
  let count = 0;
  return serveRaw((socket) => {
    socket.once("data", () => {
      const answer = answers[Math.min(count++, answers.length - 1)] ?? "";
      socket.end(answer);
    });
  });
}

async function listen(server: net.Server | Server, address = "127.0.0.1"): Promise<LoopbackServer> {
  const sockets = new Set<net.Socket>();
  let connects = 0;
  server.on("connection", (socket: net.Socket) => {
    connects++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    connects: () => connects,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
