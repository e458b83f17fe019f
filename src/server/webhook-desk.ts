/** The server's webhooks: what is sent, with which secret, and the loop that sends it. */
import type { Database } from "../storage/database.ts";
import type { SecretStore, StoredSecret } from "../storage/secret-store.ts";
import { type Clock, systemClock } from "../support/clock.ts";
import type { ReelburstError } from "../support/errors.ts";
import { createSafeFetch } from "../support/safe-fetch/safe-fetch.ts";
import { type Deliverer, startDeliverer } from "../webhooks/deliver.ts";
import { type DeliveryStore, SqlDeliveryStore } from "../webhooks/delivery-store.ts";
import { createWebhookSecret } from "../webhooks/signature.ts";

export interface WebhookDesk {
  readonly deliveries: DeliveryStore;
  /** Makes a new secret; the one before still signs beside it until `previousUntilMs`. */
  newSecret(): Promise<{ readonly stored: StoredSecret; readonly previousUntilMs: number }>;
}

const PURPOSE = "webhook";
/** Long enough for a receiver to be given the new one. */
const KEEP_OLD_MS = 24 * 3_600_000;

export function createWebhookDesk(database: Database, secrets: SecretStore): WebhookDesk {
  return {
    deliveries: new SqlDeliveryStore(database),
    newSecret: async () => {
      // Receivers may hold the one that is in force now.
      await secrets.inForce(PURPOSE, createWebhookSecret);
      const stored = await secrets.replace(PURPOSE, createWebhookSecret(), KEEP_OLD_MS);
      return { stored, previousUntilMs: stored.createdMs + KEEP_OLD_MS };
    },
  };
}

/** @param fetchAllow hosts off the public internet that messages may go to */
export function startWebhooks(
  { deliveries }: WebhookDesk,
  parts: {
    readonly secrets: SecretStore;
    readonly fetchAllow: readonly string[];
    readonly onTrouble: (error: ReelburstError) => void;
    readonly clock?: Clock;
  },
): Deliverer {
  const fetch = createSafeFetch({ allowPrivate: parts.fetchAllow });
  const deliverer = startDeliverer({
    store: deliveries,
    fetch,
    clock: parts.clock ?? systemClock,
    secrets: async () =>
      (await parts.secrets.inForce(PURPOSE, createWebhookSecret)).map(({ secret }) => secret),
    onTrouble: parts.onTrouble,
  });
  return {
    deliverDue: () => deliverer.deliverDue(),
    close: async () => {
      await deliverer.close();
      await fetch.close();
    },
  };
}
