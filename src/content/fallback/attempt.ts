import type { ProviderFault, StageName } from "../models/provider.ts";

/** One call of a provider, or the reason why it was not called: plain data for the film's report. */
export interface Attempt {
  readonly stage: StageName;
  /** A segment's id; null when it is for the whole film. */
  readonly item: string | null;
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's keys, from 1; never the key itself. Null without keys. */
  readonly key: number | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly milliseconds: number;
  /** Millionths of a US dollar; null when nobody knows. */
  readonly costMicros: number | null;
  readonly outcome: AttemptOutcome;
  readonly message: string | null;
}

export type AttemptOutcome =
  | "succeeded"
  /** Its answer was there from an earlier run. */
  | "cached"
  /** An earlier run was killed after this call began; what became of it is not known. */
  | "lost"
  | ProviderFault
  /** Not called: too many failures lately. */
  | "resting"
  /** Not called: every key is cooling down. */
  | "no key"
  /** Not called: it would cost more than is left, or nobody knows what it costs. */
  | "over budget";
