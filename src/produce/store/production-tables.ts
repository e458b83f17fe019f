import type { MigrationSet } from "../../storage/database.ts";

/** What `NOTIFY` is sent on: `<who tells> <production's id>`. */
export const PRODUCTION_CHANNEL = "reelburst_production";

/*
 * Times are milliseconds since the epoch as double precision: exact for the next 285,000 years, and a number in every
 * driver, which bigint is not. `ordinal` orders the list: ids are random and times may be equal.
 */
export const PRODUCTION_TABLES: MigrationSet = {
  name: "productions",
  steps: [
    `
    CREATE TABLE reelburst.productions (
      id text PRIMARY KEY,
      ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
      state text NOT NULL,
      title text,
      document jsonb NOT NULL,
      owner text NOT NULL,
      attempt integer NOT NULL DEFAULT 0,
      lost integer NOT NULL DEFAULT 0,
      progress jsonb NOT NULL,
      scenes jsonb NOT NULL DEFAULT '[]',
      error jsonb,
      problems jsonb NOT NULL DEFAULT '[]',
      result jsonb,
      cancel_requested boolean NOT NULL DEFAULT false,
      worker_id text,
      lease_token text,
      lease_until double precision,
      last_sequence integer NOT NULL DEFAULT 0,
      created_ms double precision NOT NULL,
      updated_ms double precision NOT NULL,
      queued_ms double precision NOT NULL,
      started_ms double precision,
      ended_ms double precision
    );
    CREATE INDEX productions_queued ON reelburst.productions (queued_ms, ordinal) WHERE state = 'queued';
    CREATE INDEX productions_leased ON reelburst.productions (lease_until) WHERE lease_token IS NOT NULL;
    CREATE INDEX productions_by_state ON reelburst.productions (state, ordinal);
    CREATE TABLE reelburst.production_events (
      production_id text NOT NULL REFERENCES reelburst.productions (id) ON DELETE CASCADE,
      sequence integer NOT NULL,
      at_ms double precision NOT NULL,
      type text NOT NULL,
      slot text,
      data jsonb NOT NULL,
      PRIMARY KEY (production_id, sequence)
    );
    CREATE INDEX production_events_slots ON reelburst.production_events (production_id, slot) WHERE slot IS NOT NULL;
    CREATE TABLE reelburst.production_keys (
      owner text NOT NULL,
      key text NOT NULL,
      digest text NOT NULL,
      production_id text NOT NULL,
      created_ms double precision NOT NULL,
      PRIMARY KEY (owner, key)
    );
    CREATE INDEX production_keys_age ON reelburst.production_keys (created_ms);
  `,
  ],
};
