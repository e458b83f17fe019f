/** Download links that work without a key for a while, for players, browsers and whoever is sent one. */
import { randomBytes } from "node:crypto";
import type { SecretStore } from "../storage/secret-store.ts";
import { expiryOf, signGrant, type UrlKey, verifyGrant } from "../storage/signed-url.ts";
import { ReelburstError } from "../support/errors.ts";

export interface LinkSigner {
  /** @param path of this server, encoded. @returns it with everything that it allows, signed */
  sign(path: string): string;
  /** Whether the request claims to be such a link, rightly or not. */
  claims(url: string): boolean;
  /** @throws ReelburstError LINK_INVALID, LINK_EXPIRED */
  check(method: string, url: string): void;
}

/** Long enough to look at a film and to download it; a production's reply brings new ones. */
const VALID_SECONDS = 3600;

export async function openLinkSigner(secrets: SecretStore, now: () => number): Promise<LinkSigner> {
  const stored = await secrets.inForce("links", () => randomBytes(32).toString("base64url"));
  return createLinkSigner(stored, now);
}

export function createLinkSigner(keys: readonly UrlKey[], now: () => number): LinkSigner {
  const [newest] = keys;
  if (newest === undefined) throw new TypeError("There is no key to sign with.");
  return {
    sign: (path) => {
      const grant = { method: "GET", key: path, expiresAt: expiryOf(now(), VALID_SECONDS) } as const;
      return `${path}?${signGrant(grant, newest)}`;
    },
    claims: (url) => new URLSearchParams(url.split("?")[1] ?? "").has("signature"),
    check: (method, url) => {
      const [path = "", query = ""] = url.split("?", 2);
      const verdict = verifyGrant({ method, key: path, query }, keys, now());
      if (verdict.isValid) return;
      throw verdict.reason === "expired"
        ? new ReelburstError("LINK_EXPIRED", "This link was valid for an hour.", {
            hint: "GET the production again: its reply has a new one.",
          })
        : new ReelburstError("LINK_INVALID", "This link was not made by this server, or was changed.", {
            hint: "Take it from the production's reply, unchanged.",
          });
    },
  };
}
