import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { lease } from "./test-agents.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of this method and kind of path so far, this one included. */
  readonly count: number;
}

/** What is done to a request that passes. */
export type Tampering =
  | { readonly kind: "pass" }
  /** It never arrives. */
  | { readonly kind: "drop" }
  /** It arrives and its answer does not. */
  | { readonly kind: "lose" }
  /** Its answer begins and stops there, connection open. */
  | { readonly kind: "hang" }
  /** The connection breaks behind so many bytes of the answer's body. */
  | { readonly kind: "cut"; readonly bytes: number }
  | { readonly kind: "flip"; readonly at: number };

/** Somebody between controller and agent who has even the agent's private key. */
export async function startProxy(
  target: number,
  tamper: (request: SeenRequest) => Tampering,
): Promise<{ port: number; seen: SeenRequest[]; close: () => void }> {
  const seen: SeenRequest[] = [];
  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "", headers } = request;
    const kind = (path: string): string => path.replace(/(chunks|blobs)\/[^/]+/, "$1/*");
    const count = 1 + seen.filter((each) => each.method === method && kind(each.path) === kind(url)).length;
    const record = { method, path: url, headers, count };
    seen.push(record);
    const act = tamper(record);
    if (act.kind === "drop") return void request.socket.destroy();
    const onward = https.request(
      {
        host: "127.0.0.1",
        port: target,
        method,
        path: url,
        headers,
        rejectUnauthorized: false,
        agent: false,
      },
      (answer) => {
        if (act.kind === "lose") return void request.socket.destroy();
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        if (act.kind === "hang") return void response.flushHeaders();
        let sent = 0;
        answer.on("data", (piece: Buffer) => {
          const changed = Buffer.from(piece);
          if (act.kind === "flip" && act.at >= sent && act.at < sent + piece.length)
            changed[act.at - sent] = (changed[act.at - sent] ?? 0) ^ 1;
          const left = act.kind === "cut" ? act.bytes - sent : piece.length;
          sent += piece.length;
          if (left >= piece.length) response.write(changed);
          else if (left >= 0) response.write(changed.subarray(0, left), () => request.socket.destroy());
        });
        answer.on("end", () => response.end());
        answer.on("error", () => response.destroy());
      },
    );
    onward.on("error", () => response.destroy());
    request.on("error", () => onward.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  };
  const server = https.createServer({ cert: lease.certificatePem, key: lease.privateKeyPem }, forward);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** One request by hand, with whatever is given. */
export async function rawRequest(
  port: number,
  method: string,
  path: string,
  {
    key = lease.key,
    body = "",
    headers = {},
  }: { key?: string; body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: string; headers: IncomingHttpHeaders }> {
  const request = https.request({
    host: "127.0.0.1",
    port,
    method,
    path,
    rejectUnauthorized: false,
    agent: false,
    headers: {
      authorization: `Bearer ${key}`,
      "content-length": String(Buffer.byteLength(body)),
      ...headers,
    },
  });
  request.end(body);
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  for await (const piece of answer) text += String(piece);
  return { status: answer.statusCode ?? 0, body: text, headers: answer.headers };
}
