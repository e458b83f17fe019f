/** Who may do what: a key's scopes, or, on this machine alone, everybody who is not a web page of somebody else's. */
import type { FastifyRequest } from "fastify";
import { ReelburstError } from "../../support/errors.ts";
import type { Scope } from "../contracts.ts";
import type { LinkSigner } from "../signed-links.ts";
import type { KeyStore } from "./key-store.ts";
import { allows, findKey, isSameKey } from "./keys.ts";

export interface Caller {
  /** The key's id, or `local` without one. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

export interface GuardOptions {
  readonly keys: KeyStore;
  /** false only on a loopback address. */
  readonly keyRequired: boolean;
  readonly links: LinkSigner;
  /** Of whoever has started this server for itself; in no database, and gone with the process. */
  readonly ownKey?: string | undefined;
}

const LOCAL: Caller = { id: "local", scopes: ["admin"] };
export const NOBODY: Caller = { id: "nobody", scopes: [] };

/** @throws ReelburstError KEY_REQUIRED, KEY_INVALID, KEY_SCOPE, LINK_INVALID, LINK_EXPIRED, HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED */
export async function admit(
  request: FastifyRequest,
  wanted: Scope | "public",
  { keys, keyRequired, links, ownKey }: GuardOptions,
): Promise<Caller> {
  if (!keyRequired) refuseStrangers(request);
  if (wanted === "public") return NOBODY;
  if (request.routeOptions.config.linked === true && links.claims(request.url)) {
    links.check(request.method, request.url);
    return { id: `link ${request.url.split("?")[0]}`, scopes: ["read"] };
  }
  const caller = await identify(request, keys, keyRequired, ownKey);
  if (!allows(caller.scopes, wanted)) {
    throw new ReelburstError("KEY_SCOPE", `This key may not do that: it lacks the scope "${wanted}".`, {
      hint: "Use a key that has it.",
    });
  }
  return caller;
}

async function identify(
  request: FastifyRequest,
  keys: KeyStore,
  keyRequired: boolean,
  ownKey: string | undefined,
): Promise<Caller> {
  const header = request.headers.authorization;
  // Clients of older services have a header of their own; without keys they send whatever they were set up with.
  const older = keyRequired
    ? (OLDER_HEADERS.map((name) => request.headers[name]).find(isText) ?? null)
    : null;
  if (header === undefined && older === null) {
    if (!keyRequired) return LOCAL;
    throw new ReelburstError("KEY_REQUIRED", "This server wants a key.", {
      hint: 'Send "Authorization: Bearer <key>".',
    });
  }
  const presented = header === undefined ? older?.slice(0, 200) : /^Bearer +(\S{1,200})$/i.exec(header)?.[1];
  if (presented !== undefined && ownKey !== undefined && isSameKey(presented, ownKey)) return LOCAL;
  const key = presented === undefined ? null : await findKey(keys, presented);
  if (key === null) {
    throw new ReelburstError("KEY_INVALID", "This server does not know the key.", {
      hint: "Check it, or make a new one.",
    });
  }
  return { id: key.id, scopes: key.scopes };
}

/** See docs/guide/compatibility.md. */
const OLDER_HEADERS = ["x-authentication-key", "x-api-key"] as const;

function isText(header: string | readonly string[] | undefined): header is string {
  return typeof header === "string";
}

const LOOPBACK_NAMES = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Without keys a browser on this machine must not lend its way in: a name that was made to point here (DNS rebinding)
 * shows in Host, a page of another site in Origin.
 */
function refuseStrangers(request: FastifyRequest): void {
  const { host = "", origin } = request.headers;
  if (!LOOPBACK_NAMES.test(host)) {
    throw new ReelburstError("HOST_NOT_ALLOWED", "Without a key this server answers only to localhost.", {
      hint: "Use http://127.0.0.1 and the server's port.",
    });
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new ReelburstError("ORIGIN_NOT_ALLOWED", "Pages of other sites may not use this server.", {
      hint: "Start the server with --require-key and send a key.",
    });
  }
}
