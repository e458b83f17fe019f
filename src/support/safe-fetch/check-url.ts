import { ReelburstError } from "../errors.ts";
import { type AddressRules, bareHost } from "./address-rules.ts";
import { forbiddenUrl, shownUrl } from "./fetch-errors.ts";

const MAX_URL_CHARACTERS = 8192;

/**
 * A URL that may be asked for, as far as its text tells: what its host resolves to is judged when the socket is
 * connected, an address written in it here and there.
 *
 * `URL` has by now turned every way of writing an IPv4 address (decimal, octal, hexadecimal, short, full-width digits)
 * into the usual one.
 * @throws ReelburstError URL_INVALID, URL_FORBIDDEN
 */
export function checkUrl(text: string, rules: AddressRules): URL {
  if (text.length > MAX_URL_CHARACTERS) throw invalid(`A URL has at most ${MAX_URL_CHARACTERS} characters.`);
  if (!URL.canParse(text)) throw invalid("This is not a URL.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalid(
      `A URL must begin with https:// or http://, not with ${JSON.stringify(url.protocol.slice(0, 20))}.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(`${shownUrl(url)} carries a user name or a password.`, "Use a signed link instead.");
  }
  const host = bareHost(url.hostname);
  const port = portOf(url);
  if (!rules.allowsPort(host, port)) {
    throw new ReelburstError("URL_FORBIDDEN", `Port ${port} is not one of web servers.`, {
      hint: "Use port 80, 443, or one from 1024 on.",
    });
  }
  if (rules.refusesHost(host, port)) throw forbiddenUrl(url);
  if (isAddress(url.hostname) && !rules.allowsAddress(host, host, port)) throw forbiddenUrl(url);
  url.hash = "";
  return url;
}

export function portOf(url: Pick<URL, "port" | "protocol">): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname);
}

function invalid(
  message: string,
  hint = "Write the file's full address, such as https://example.com/picture.png.",
): ReelburstError {
  return new ReelburstError("URL_INVALID", message, { hint });
}
