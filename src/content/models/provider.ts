/** What all stages share: a provider that is asked once, and the ways in which that ends. */
import { ReelburstError } from "../../support/errors.ts";

export type StageName = "script" | "speech" | "pictures";

/** Where answers come from. One call is one attempt: retries, keys and the order are `fallback/`'s business. */
export interface Provider<Request, Answer> {
  /** As users name it: `openai`. */
  readonly name: string;
  /** `gpt-4.1-mini`; what makes two answers of one provider differ. */
  readonly model: string;
  /** Free, and its answers may change without the request: asked every time. */
  readonly fresh?: true;
  /** In the order of use. Null: it needs none. */
  readonly keys: readonly string[] | null;
  /**
   * What a call will cost at most, in millionths of a US dollar: 0 when it costs nothing, null when nobody knows the
   * price.
   */
  estimateMicros(request: Request): number | null;
  /** @throws ProviderError */
  call(request: Request, context: CallContext): Promise<ProviderAnswer<Answer>>;
}

export interface CallContext {
  readonly key: string | null;
  /** Aborts when the caller gives up or the attempt has taken too long. */
  readonly signal: AbortSignal;
  /** The same for the same request: for providers that know a request which comes twice. */
  readonly requestId: string;
}

export interface ProviderAnswer<Answer> {
  readonly answer: Answer;
  /** By the provider's own count of what was used; null when it says nothing or the price is not known. */
  readonly costMicros: number | null;
}

export type ProviderFault =
  /** The account has no more to spend. */
  | "quota"
  /** The key is wrong, revoked, or may not do this. */
  | "auth"
  /** Too many requests just now. */
  | "rate"
  /** No connection, a server's fault, an answer that stopped. */
  | "transient"
  /** An answer that is not what was asked for. */
  | "malformed"
  /** The provider will not make this content. */
  | "refused"
  /** The provider can't do what is asked for: this language, this style. */
  | "unsupported";

export interface FaultDetails {
  readonly cause?: unknown;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs?: number | null;
  /** What was used all the same: a malformed answer is paid for. */
  readonly costMicros?: number | null;
  readonly hint?: string;
}

export class ProviderError extends ReelburstError {
  readonly fault: ProviderFault;
  readonly retryAfterMs: number | null;
  readonly costMicros: number | null;

  constructor(fault: ProviderFault, message: string, details: FaultDetails = {}) {
    super("PROVIDER_FAILED", message, {
      retryable: fault === "transient" || fault === "rate",
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      ...(details.hint === undefined ? {} : { hint: details.hint }),
    });
    this.name = "ProviderError";
    this.fault = fault;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.costMicros = details.costMicros ?? null;
  }
}
