import type { Line } from "../money/line.ts";
import type { Lease } from "./lease.ts";

/**
 * Where leases and the ledger are kept. Every method is one transaction: what it has answered survives a crash, and a
 * lease and the lines that its change books are kept together or not at all.
 */
export interface LeaseStore {
  /** This deployment's name, made once with the store: the tag on every machine. Two stores never have the same. */
  owner(): Promise<string>;

  /** The store's clock, the one that all of its users share. Milliseconds since the epoch. */
  now(): Promise<number>;

  /** "slot-taken": a lease of that slot is not closed. */
  create(lease: Lease, lines: readonly Line[]): Promise<"created" | "slot-taken">;

  get(id: string): Promise<Lease | null>;

  /** Every lease that is not closed, the oldest first. */
  open(): Promise<readonly Lease[]>;

  /** Every lease of a group, also the closed ones, the oldest first. */
  ofGroup(group: string): Promise<readonly Lease[]>;

  /**
   * Replaces the lease of this version and books the lines (see `bookLine`).
   * @returns the lease with its new version; null when somebody else has changed it: read again.
   */
  update(lease: Lease, lines: readonly Line[]): Promise<Lease | null>;

  /** Books lines of a machine that no lease is changed by. */
  book(lines: readonly Line[]): Promise<void>;

  /** All lines, or those of some leases, by key. */
  lines(leaseIds?: readonly string[]): Promise<readonly Line[]>;

  /** "I am alive", of one controller. */
  beat(controllerId: string): Promise<void>;

  /** When a controller was last heard of; null: never. */
  lastBeat(controllerId: string): Promise<number | null>;
}
