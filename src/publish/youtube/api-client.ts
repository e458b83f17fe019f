import type { RequestOptions, SafeFetch } from "../../support/safe-fetch/contract.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { apiError } from "./api-error.ts";
import type { GoogleServers } from "./google-servers.ts";
import { type HttpAnswer, request } from "./http-answer.ts";

export interface ApiRequest extends Omit<RequestOptions, "maxRedirects" | "maxBytes" | "types"> {
  readonly url: string;
}

/** One request to the API, signed in. A token that has ended is renewed and the request sent once more. */
export class ApiClient {
  readonly servers: GoogleServers;
  readonly scopes: () => readonly string[];
  readonly #fetch: SafeFetch;
  readonly #tokens: AccessTokens;
  readonly #now: () => number;

  constructor(fetch: SafeFetch, tokens: AccessTokens, servers: GoogleServers, now: () => number) {
    this.servers = servers;
    this.scopes = () => tokens.scopes;
    this.#fetch = fetch;
    this.#tokens = tokens;
    this.#now = now;
  }

  /** Any answer but a refusal; 308 is one. @throws YouTubeError */
  async send({ url, headers, ...options }: ApiRequest): Promise<HttpAnswer> {
    const once = (token: string): Promise<HttpAnswer> =>
      request(this.#fetch, url, { ...options, headers: { ...headers, authorization: `Bearer ${token}` } });
    const token = await this.#tokens.bearer();
    let answer = await once(token);
    if (answer.status === 401) answer = await once(await this.#tokens.bearer(token));
    const error = apiError(answer, this.#now());
    if (error !== null) throw error;
    return answer;
  }
}
