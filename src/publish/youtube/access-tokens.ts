import { type Account, writeAccount } from "./account-file.ts";
import { type OAuthTools, refresh } from "./oauth.ts";
import { type Patience, retrying } from "./retrying.ts";

/** One that ends within this time is not begun with: a chunk may take minutes. */
const MARGIN_MS = 5 * 60_000;

/** The bearer token of requests, renewed when it is about to end, or when the server does not take it any more. */
export class AccessTokens {
  readonly #file: string;
  readonly #tools: OAuthTools;
  readonly #patience: Patience;
  #account: Account;

  constructor(file: string, account: Account, tools: OAuthTools, patience: Patience) {
    this.#file = file;
    this.#account = account;
    this.#tools = tools;
    this.#patience = patience;
  }

  get scopes(): readonly string[] {
    return this.#account.scopes;
  }

  /** @param refused the token a server has just answered 401 to */
  async bearer(refused: string | null = null): Promise<string> {
    const { accessToken, expiresAtMs, refreshToken } = this.#account;
    if (accessToken !== refused && expiresAtMs - MARGIN_MS > this.#tools.now()) return accessToken;
    const grant = await retrying(
      () => refresh(refreshToken, this.#tools, this.#patience.signal),
      this.#patience,
    );
    this.#account = {
      ...this.#account,
      accessToken: grant.accessToken,
      expiresAtMs: grant.expiresAtMs,
      refreshToken: grant.refreshToken ?? refreshToken,
      scopes: [...(grant.scopes ?? this.#account.scopes)],
    };
    await writeAccount(this.#file, this.#account);
    return this.#account.accessToken;
  }
}
