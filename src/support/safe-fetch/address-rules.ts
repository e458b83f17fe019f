import ipaddr from "ipaddr.js";
import { ReelburstError } from "../errors.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Which addresses may be connected to. Pure: the same host and address give the same answer. */
export interface AddressRules {
  /** True when the host is refused by its name alone, before anybody is asked for its address. */
  readonly refusesHost: (host: string, port: number) => boolean;
  /** @param address numbers as a socket reports them. @param host the URL's own, lower case, without brackets */
  readonly allowsAddress: (address: string, host: string, port: number) => boolean;
  readonly allowsPort: (host: string, port: number) => boolean;
}

interface NamedHost {
  readonly host: string;
  readonly port: number;
}

/**
 * What a host named in the settings may resolve to besides public addresses. Not link-local: there stand the metadata
 * services of clouds, which give out keys, and a name server must not be able to lead there. Only a network can.
 */
const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  "loopback",
  "private",
  "uniqueLocal",
  "carrierGradeNat",
]);

/** RFC 6761, 6762, 8375 and the name of private zones: never on the public internet, so no name server is asked. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal", ".home.arpa"];

/** All that IANA gives out to hosts on the internet; ipaddr.js calls the rest unicast where nothing is known of it. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * @param allowPrivate `host:port` or `[v6]:port` as URLs write them, or networks such as `10.1.0.0/16`
 * @throws ReelburstError CONFIG_INVALID
 */
export function createAddressRules(allowPrivate: readonly string[]): AddressRules {
  const networks: [Address, number][] = [];
  const hosts: NamedHost[] = [];
  for (const entry of allowPrivate) {
    if (ipaddr.isValidCIDR(entry)) networks.push(ipaddr.parseCIDR(entry));
    else hosts.push(parseHost(entry));
  }
  const isNamed = (host: string, port: number): boolean =>
    hosts.some((named) => named.host === host && named.port === port);
  const inNetworks = (address: Address): boolean =>
    networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  const literal = (host: string): Address | null =>
    ipaddr.isValid(host) ? unwrapped(ipaddr.parse(host)) : null;
  return {
    refusesHost: (host, port) => {
      if (isNamed(host, port) || ipaddr.isValid(host)) return false;
      const name = host.replace(/\.$/, "");
      return name === "localhost" || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix));
    },
    allowsAddress: (text, host, port) => {
      // A zone (fe80::1%eth0) names a place on this machine's own links.
      if (text.includes("%") || !ipaddr.isValid(text)) return false;
      const address = unwrapped(ipaddr.parse(text));
      if (isPublic(address) || inNetworks(address)) return true;
      return isNamed(host, port) && PRIVATE_RANGES.has(address.range());
    },
    allowsPort: (host, port) => {
      if (port === 80 || port === 443 || port >= 1024 || isNamed(host, port)) return true;
      const address = literal(host);
      return address !== null && inNetworks(address);
    },
  };
}

/** A form of IPv6 that stands for an IPv4 address is judged as that address. */
function unwrapped(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  const bytes = address.toByteArray();
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  // 64:ff9b::/96 only: networks without IPv4 reach every public server through it. 64:ff9b:1::/48 is for private use.
  const isTranslated = address.match(TRANSLATED);
  return isMapped || isTranslated ? new ipaddr.IPv4(bytes.slice(12)) : address;
}

const TRANSLATED = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/**
 * 6to4, Teredo, IPv4-compatible and IPv4-translated addresses are none of these: they hold an IPv4 address too, but
 * no server on the internet is reached by them only.
 */
function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

function parseHost(entry: string): NamedHost {
  const match = /^(\[[0-9a-f:.]+\]|[^\s/:@?#[\]]+):(\d{1,5})$/i.exec(entry);
  const port = Number(match?.[2]);
  const url = match !== null && port >= 1 && port <= 65_535 ? `http://${entry}` : "";
  if (!URL.canParse(url)) {
    throw new ReelburstError(
      "CONFIG_INVALID",
      `${JSON.stringify(entry)} is no host with a port and no network.`,
      {
        hint: "Give host:port, such as media.lan:8080, or a network, such as 10.1.0.0/16.",
      },
    );
  }
  return { host: bareHost(new URL(url).hostname), port };
}

/** `[::1]` -> `::1` */
export function bareHost(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
