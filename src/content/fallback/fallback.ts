/**
 * Asks providers in the user's order until one answers, and writes down every attempt.
 *
 * Which failure means what:
 * - `quota`, `auth`: this key will not work for long; the next one is tried at once.
 * - `rate`: another key is tried; without one the provider's own time is waited for, when that is short.
 * - `transient`: tried again after a growing, random pause.
 * - `malformed`: tried once more; a second time it is the provider's habit.
 * - `unsupported`: the next provider.
 * - `refused`: the end. The content is the problem, and another provider must not be shopped for.
 */
import { abortError, sleep, throwIfAborted, withTimeout } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { digestOf } from "../../support/hash.ts";
import type { Random } from "../../support/random.ts";
import { type Provider, type ProviderAnswer, ProviderError, type StageName } from "../models/provider.ts";
import type { Attempt, AttemptOutcome } from "./attempt.ts";
import { Breaker } from "./breaker.ts";
import type { Budget } from "./budget.ts";
import { KeyRing } from "./key-ring.ts";
import type { AnswerStore } from "./stored-answers.ts";

const TRANSIENT_TRIES = 3;
const MALFORMED_TRIES = 2;
const BACKOFF_MS = 1_000;
const BACKOFF_MOST_MS = 20_000;
/** Longer than this another provider is better than waiting. */
const LONGEST_WAIT_MS = 30_000;
const QUOTA_COOL_DOWN_MS = 3_600_000;
const AUTH_COOL_DOWN_MS = 24 * 3_600_000;
const RATE_COOL_DOWN_MS = 10_000;

export interface FallbackTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: Budget;
  /** Longest time of one attempt. */
  readonly attemptMs: number;
  readonly onAttempt: (attempt: Attempt) => void;
}

export interface StageAnswer<Answer> {
  readonly answer: Answer;
  readonly provider: string;
  readonly model: string;
}

/** One stage of one or many films: keys and breakers remember how providers did. */
export class Fallback<Request, Answer> {
  readonly stage: StageName;
  readonly #members: readonly Member<Request, Answer>[];
  readonly #tools: FallbackTools;
  readonly #store: AnswerStore<Answer>;

  constructor(
    stage: StageName,
    providers: readonly Provider<Request, Answer>[],
    store: AnswerStore<Answer>,
    tools: FallbackTools,
  ) {
    this.stage = stage;
    this.#store = store;
    this.#tools = tools;
    this.#members = providers.map((provider) => ({
      provider,
      keys: new KeyRing(provider.keys, tools.clock),
      breaker: new Breaker(tools.clock),
    }));
  }

  /** True when everything in the list costs nothing. */
  isFree(request: Request): boolean {
    return this.#members.every(({ provider }) => provider.estimateMicros(request) === 0);
  }

  /** @throws ReelburstError CONTENT_REFUSED, PROVIDERS_FAILED, ABORTED */
  async ask(request: Request, item: string | null, signal: AbortSignal): Promise<StageAnswer<Answer>> {
    // Whoever answered before, answered: what is paid for is not asked for again, even of a provider in front.
    for (const member of this.#members) {
      if (member.provider.fresh === true) continue;
      const found = await this.#store.get(this.#idOf(member, request));
      if (found === null) continue;
      this.#record(member, item, "cached", { costMicros: 0 });
      return { answer: found, ...nameOf(member) };
    }
    const failures: string[] = [];
    for (const member of this.#members) {
      const answered = await this.#askOne(member, request, item, failures, signal);
      if (answered !== null) return { answer: answered.answer, ...nameOf(member) };
    }
    const names = this.#members.map(({ provider }) => provider.name).join(", ");
    throw new ReelburstError(
      "PROVIDERS_FAILED",
      `No provider of the ${this.stage} stage gave an answer${item === null ? "" : ` for ${item}`}: ${failures.join("; ")}.`,
      { hint: `Asked: ${names}. Mend what is named, or name other providers.` },
    );
  }

  /** Null when this provider has no answer to give. */
  async #askOne(
    member: Member<Request, Answer>,
    request: Request,
    item: string | null,
    failures: string[],
    signal: AbortSignal,
  ): Promise<ProviderAnswer<Answer> | null> {
    const { clock, random, budget, attemptMs } = this.#tools;
    const { provider, keys, breaker } = member;
    const requestId = this.#idOf(member, request);
    const tries = { transient: 0, malformed: 0 };
    const giveUp = (outcome: AttemptOutcome, message: string): null => {
      this.#record(member, item, outcome, { message });
      failures.push(`${provider.name}: ${message}`);
      return null;
    };
    for (;;) {
      throwIfAborted(signal);
      const taken = keys.take();
      if (taken === null) {
        const waitMs = keys.waitMs();
        if (waitMs === null) return giveUp("no key", "it has no key");
        if (waitMs > LONGEST_WAIT_MS) return giveUp("no key", "every key is refused or used up");
        await sleep(waitMs, { signal, clock });
        continue;
      }
      if (!breaker.admit()) return giveUp("resting", "it failed too often just now");
      const estimate = provider.estimateMicros(request);
      const reservation = budget.reserve(estimate);
      if (reservation === null) {
        breaker.undecided();
        const message =
          estimate === null ? "its price is not known and a limit is set" : "it would cost more than is left";
        return giveUp("over budget", message);
      }
      const startedMs = clock.monotonicMs();
      const startedAt = new Date(clock.now()).toISOString();
      const record = (outcome: AttemptOutcome, costMicros: number | null, message: string | null): void =>
        this.#tools.onAttempt({
          ...this.#stamp(member, item),
          key: taken.key === null ? null : taken.index + 1,
          startedAt,
          milliseconds: Math.round(clock.monotonicMs() - startedMs),
          costMicros,
          outcome,
          message,
        });
      let lost: number | null = null;
      try {
        // Written before money can be spent: a run that is killed from here on leaves word of it.
        if (estimate !== 0) {
          const before = await this.#store.intend(requestId, {
            provider: provider.name,
            model: provider.model,
            estimateMicros: estimate,
            at: startedAt,
          });
          if (before !== null) {
            lost = before.estimateMicros;
            const most =
              before.estimateMicros === null ? "" : `; it may have cost ${dollars(before.estimateMicros)}`;
            this.#record(member, item, "lost", {
              costMicros: lost,
              message: `a run that was killed had asked at ${before.at}${most}`,
            });
          }
        }
        const answered = await withTimeout(
          (inner) => provider.call(request, { key: taken.key, signal: inner, requestId }),
          { timeoutMs: attemptMs, what: provider.name, signal, clock },
        );
        if (provider.fresh !== true) await this.#store.put(requestId, answered.answer);
        breaker.succeeded();
        reservation.settle(answered.costMicros);
        record("succeeded", answered.costMicros, null);
        return answered;
      } catch (thrown) {
        if (signal.aborted) {
          breaker.undecided();
          // The provider may finish what the user no longer waits for.
          reservation.settle(estimate);
          throw abortError(signal);
        }
        const error = asProviderError(thrown);
        const cost = error.costMicros ?? (mayHaveCost(error) ? estimate : 0);
        reservation.settle(cost);
        record(error.fault, cost, error.message);
        await this.#store.settle(requestId);
        switch (error.fault) {
          case "refused":
            breaker.succeeded();
            throw new ReelburstError(
              "CONTENT_REFUSED",
              `${provider.name} will not make this${item === null ? "" : ` (${item})`}: ${error.message}`,
              {
                hint: "Change the text or the prompt; another provider is not asked in its place.",
                cause: error,
              },
            );
          case "unsupported":
            breaker.undecided();
            failures.push(`${provider.name}: ${sentencePart(error.message)}`);
            return null;
          case "quota":
          case "auth": {
            breaker.undecided();
            const own = error.fault === "auth" ? AUTH_COOL_DOWN_MS : QUOTA_COOL_DOWN_MS;
            keys.coolDown(taken.index, Math.max(own, error.retryAfterMs ?? 0));
            if (keys.take() !== null) continue;
            failures.push(`${provider.name}: ${sentencePart(error.message)}`);
            return null;
          }
          case "rate":
            breaker.undecided();
            tries.transient += 1;
            keys.coolDown(taken.index, error.retryAfterMs ?? RATE_COOL_DOWN_MS * 2 ** (tries.transient - 1));
            if (tries.transient < TRANSIENT_TRIES && (keys.waitMs() ?? 0) <= LONGEST_WAIT_MS) continue;
            break;
          case "malformed":
            breaker.failed();
            tries.malformed += 1;
            if (tries.malformed < MALFORMED_TRIES) continue;
            break;
          case "transient": {
            breaker.failed();
            tries.transient += 1;
            if (tries.transient >= TRANSIENT_TRIES) break;
            const pause =
              Math.min(BACKOFF_MOST_MS, BACKOFF_MS * 4 ** (tries.transient - 1)) * (0.5 + 0.5 * random());
            if ((error.retryAfterMs ?? 0) > LONGEST_WAIT_MS) break;
            await sleep(Math.max(pause, error.retryAfterMs ?? 0), { signal, clock });
            continue;
          }
        }
        failures.push(`${provider.name}: ${sentencePart(error.message)}`);
        return null;
      } finally {
        if (lost !== null) budget.reserve(0)?.settle(lost);
      }
    }
  }

  #idOf({ provider }: Member<Request, Answer>, request: Request): string {
    return digestOf({ stage: this.stage, provider: provider.name, model: provider.model, request });
  }

  #stamp(member: Member<Request, Answer>, item: string | null) {
    return { stage: this.stage, item, ...nameOf(member) };
  }

  #record(
    member: Member<Request, Answer>,
    item: string | null,
    outcome: AttemptOutcome,
    { costMicros = 0, message = null }: { costMicros?: number | null; message?: string | null },
  ): void {
    this.#tools.onAttempt({
      ...this.#stamp(member, item),
      key: null,
      startedAt: new Date(this.#tools.clock.now()).toISOString(),
      milliseconds: 0,
      costMicros,
      outcome,
      message,
    });
  }
}

interface Member<Request, Answer> {
  readonly provider: Provider<Request, Answer>;
  readonly keys: KeyRing;
  readonly breaker: Breaker;
}

function nameOf<Request, Answer>({ provider }: Member<Request, Answer>): { provider: string; model: string } {
  return { provider: provider.name, model: provider.model };
}

function asProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const error = ReelburstError.from(thrown);
  if (error.code === "TIMED_OUT") return new ProviderError("transient", error.message, { cause: thrown });
  // A fault of ours or of the disk: another provider would not mend it.
  throw error;
}

/** A request that was answered with a refusal to serve costs nothing; one that broke off may have been served. */
function mayHaveCost({ fault }: ProviderError): boolean {
  return fault === "transient" || fault === "malformed" || fault === "refused";
}

function sentencePart(message: string): string {
  return message.replace(/\.$/, "");
}

function dollars(micros: number): string {
  return `$${(micros / 1e6).toFixed(4)}`;
}
