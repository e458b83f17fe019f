import type { SerializedError } from "../support/errors.ts";

/** What receivers are told, as the JSON they get. Fields are added, never changed or taken away. */
export type WebhookEvent =
  | WebhookEventOf<
      "production.succeeded",
      ProductionSubject & {
        readonly url: string | null;
        readonly seconds: number;
        readonly sizeBytes: number;
      }
    >
  | WebhookEventOf<"production.failed", ProductionSubject & { readonly error: SerializedError }>
  | WebhookEventOf<"production.canceled", ProductionSubject>
  | WebhookEventOf<"lease.opened", LeaseSubject>
  | WebhookEventOf<
      "lease.closed",
      LeaseSubject & { readonly closedAt: string; readonly cost: number; readonly currency: string }
    >
  | WebhookEventOf<
      "cost.limit_reached",
      {
        readonly productionId: string | null;
        readonly spent: number;
        readonly limit: number;
        readonly currency: string;
      }
    >;

interface WebhookEventOf<Type extends string, Data> {
  readonly type: Type;
  /** When it happened, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly data: Data;
}

interface ProductionSubject {
  readonly productionId: string;
  readonly title: string | null;
  /** The production's own `metadata`, untouched. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface LeaseSubject {
  readonly leaseId: string;
  readonly provider: string;
  readonly openedAt: string;
}
