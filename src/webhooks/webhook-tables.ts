import type { MigrationSet } from "../storage/database.ts";

/**
 * One row for each event of a production that has a webhook, written in the transaction that makes the event: there is
 * never one without the other. Whoever deletes a production deletes its messages (`forgetDeliveries`). `due_ms` is null when nothing is left to be sent.
 */
export const WEBHOOK_TABLES: MigrationSet = {
  name: "webhooks",
  steps: [
    `CREATE TABLE reelburst.webhook_deliveries (
       id text PRIMARY KEY,
       production_id text NOT NULL,
       type text NOT NULL,
       url text NOT NULL,
       body text NOT NULL,
       state jsonb NOT NULL,
       due_ms double precision,
       attempts jsonb NOT NULL DEFAULT '[]',
       attempt_count integer NOT NULL DEFAULT 0,
       version integer NOT NULL DEFAULT 0,
       created_ms double precision NOT NULL
     );
     CREATE INDEX webhook_deliveries_due ON reelburst.webhook_deliveries (due_ms) WHERE due_ms IS NOT NULL;
     CREATE INDEX webhook_deliveries_of ON reelburst.webhook_deliveries (production_id, created_ms);`,
  ],
};
