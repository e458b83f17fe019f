import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { abortError, whenAborted } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { createPkce, exchangeCode, type Grant, type OAuthTools, oauthError } from "./oauth.ts";

const PATIENCE_MS = 10 * 60_000;

export interface LoopbackHooks {
  /** The address to open in a browser of this machine. */
  readonly onUrl: (url: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The user allows it in a browser, which then comes back to a port of this machine. Whatever else knocks there, with
 * another `state` or none, is turned away and waited on: else any page could end the login.
 * @throws ReelburstError YOUTUBE_LOGIN_REFUSED, YOUTUBE_LOGIN_EXPIRED
 */
export async function loginByLoopback(
  scopes: readonly string[],
  tools: OAuthTools,
  { onUrl, clock, signal }: LoopbackHooks,
): Promise<Grant> {
  const state = randomBytes(24).toString("base64url");
  const pkce = createPkce();
  const visit = Promise.withResolvers<string>();
  // Nobody may be waiting yet when it fails.
  visit.promise.catch(() => {});
  const server = createServer((request, response) => answer(request, response, state, visit));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stopListening = whenAborted(signal, () => visit.reject(abortError(signal)));
  const cancelTimer = clock.after(PATIENCE_MS, () => visit.reject(expired()));
  try {
    onUrl(
      `${tools.servers.authorize}?${new URLSearchParams({
        client_id: tools.client.id,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: scopes.join(" "),
        state,
        code_challenge: pkce.challenge,
        code_challenge_method: "S256",
        access_type: "offline",
        prompt: "consent",
      }).toString()}`,
    );
    return await exchangeCode(await visit.promise, redirectUri, pkce.verifier, tools, signal);
  } finally {
    cancelTimer();
    stopListening();
    server.close();
    server.closeAllConnections();
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: string,
  visit: PromiseWithResolvers<string>,
): void {
  const query = new URL(request.url ?? "/", "http://127.0.0.1").searchParams;
  const isOurs = request.method === "GET" && equal(query.get("state") ?? "", state);
  const code = query.get("code");
  const refusal = query.get("error");
  response.writeHead(isOurs && (code !== null || refusal !== null) ? 200 : 400, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  if (!isOurs) response.end("This is not the answer to the login under way.\n");
  else if (code !== null) response.end("Reelburst has the login. This page can be closed.\n");
  else response.end("Reelburst was not allowed in. This page can be closed.\n");
  if (!isOurs) return;
  // After the page is out: the process may end right after.
  response.once("close", () => {
    if (code !== null) visit.resolve(code);
    else if (refusal !== null)
      visit.reject(oauthError({ status: 400, headers: {}, text: JSON.stringify({ error: refusal }) }));
  });
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

export function expired(): ReelburstError {
  return new ReelburstError("YOUTUBE_LOGIN_EXPIRED", "Nobody allowed the login in time.", {
    hint: "Run the command again and open the address it shows.",
  });
}
