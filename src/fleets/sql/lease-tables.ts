import type { MigrationSet } from "../../storage/database.ts";

/**
 * Leases and ledger lines as JSON text beside what is looked for: their fields change with the program, and only one
 * program reads them.
 */
export const LEASE_TABLES: MigrationSet = {
  name: "fleets",
  steps: [
    `
CREATE TABLE reelburst.deployment (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  owner text NOT NULL
);
CREATE TABLE reelburst.machine_lease (
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  id text PRIMARY KEY,
  slot text NOT NULL,
  group_name text NOT NULL,
  is_open boolean NOT NULL,
  version integer NOT NULL,
  data text NOT NULL
);
-- At most one machine for a slot: the database says so, whoever asks.
CREATE UNIQUE INDEX machine_lease_slot ON reelburst.machine_lease (slot) WHERE is_open;
CREATE INDEX machine_lease_group ON reelburst.machine_lease (group_name, number);
CREATE TABLE reelburst.ledger_line (
  key text PRIMARY KEY,
  lease_id text NOT NULL,
  data text NOT NULL
);
CREATE INDEX ledger_line_lease ON reelburst.ledger_line (lease_id);
CREATE TABLE reelburst.fleet_controller (
  id text PRIMARY KEY,
  seen_at timestamptz NOT NULL
);`,
  ],
};
