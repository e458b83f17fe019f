import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import net from "node:net";
import { buildConnector } from "undici";
import { type AddressRules, bareHost } from "./address-rules.ts";
import { portOf } from "./check-url.ts";
import { forbiddenUrl } from "./fetch-errors.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Every address of a host. The default asks the system; tests bring a fake one. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>;

export const resolveBySystem: ResolveHost = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error === null)
        resolve(found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
      else reject(error);
    });
  });

/**
 * Connects to allowed addresses only. A host is resolved once, its addresses are judged, and those very addresses are
 * connected to: a name server that answers otherwise the next time is not asked a next time. Node does not look up
 * addresses written as numbers, so these are judged before; and what the socket is connected to is judged once more.
 *
 * A host with one forbidden address among its own is refused altogether: no honest host has such.
 */
export function guardedConnector(options: {
  readonly rules: AddressRules;
  readonly resolve: ResolveHost;
  readonly connectMs: number;
  readonly ca?: string | undefined;
}): buildConnector.connector {
  const { rules, resolve, connectMs, ca } = options;
  return (target, callback) => {
    const host = bareHost(target.hostname);
    const port = portOf(target);
    const refused = forbiddenUrl(`${target.protocol}//${target.host ?? target.hostname}`);
    const allows = (address: string): boolean => rules.allowsAddress(address, host, port);
    if (net.isIP(host) !== 0 && !allows(host)) {
      callback(refused, null);
      return;
    }
    const lookup: LookupFunction = (name, { all }, answer) => {
      resolve(name).then(
        (found) => {
          const [first] = found;
          if (first === undefined || !found.every(({ address }) => allows(address))) answer(refused, []);
          else if (all === true) answer(null, [...found]);
          else answer(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => answer(error, []),
      );
    };
    const connect = buildConnector({ lookup, timeout: connectMs, ...(ca === undefined ? {} : { ca }) });
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error === null && !allows(socket.remoteAddress ?? "")) {
        socket.destroy();
        callback(refused, null);
      } else {
        callback(...result);
      }
    });
  };
}
