import { bookLine } from "../../money/ledger.ts";
import type { Line } from "../../money/line.ts";
import type { Clock } from "../../support/clock.ts";
import { isOpen, type Lease } from "../lease.ts";
import type { LeaseStore } from "../lease-store.ts";

/** For tests and simulations: nothing that costs money may be kept in memory alone. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #leases = new Map<string, Lease>();
  readonly #lines = new Map<string, Line>();
  readonly #beats = new Map<string, number>();

  constructor({ clock, owner }: { readonly clock: Clock; readonly owner: string }) {
    this.#clock = clock;
    this.#owner = owner;
  }

  async owner(): Promise<string> {
    return this.#owner;
  }

  async now(): Promise<number> {
    return this.#clock.now();
  }

  async create(lease: Lease, lines: readonly Line[]): Promise<"created" | "slot-taken"> {
    for (const other of this.#leases.values())
      if (isOpen(other) && other.slot === lease.slot) return "slot-taken";
    this.#leases.set(lease.id, lease);
    await this.book(lines);
    return "created";
  }

  async get(id: string): Promise<Lease | null> {
    return this.#leases.get(id) ?? null;
  }

  async open(): Promise<readonly Lease[]> {
    return [...this.#leases.values()].filter(isOpen);
  }

  async ofGroup(group: string): Promise<readonly Lease[]> {
    return [...this.#leases.values()].filter((lease) => lease.group === group);
  }

  async update(lease: Lease, lines: readonly Line[]): Promise<Lease | null> {
    if (this.#leases.get(lease.id)?.version !== lease.version) return null;
    const next = { ...lease, version: lease.version + 1 };
    this.#leases.set(lease.id, next);
    await this.book(lines);
    return next;
  }

  async book(lines: readonly Line[]): Promise<void> {
    for (const line of lines) this.#lines.set(line.key, bookLine(this.#lines.get(line.key), line));
  }

  async lines(leaseIds?: readonly string[]): Promise<readonly Line[]> {
    const all = [...this.#lines.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return leaseIds === undefined ? all : all.filter(({ leaseId }) => leaseIds.includes(leaseId));
  }

  async beat(controllerId: string): Promise<void> {
    this.#beats.set(controllerId, this.#clock.now());
  }

  async lastBeat(controllerId: string): Promise<number | null> {
    return this.#beats.get(controllerId) ?? null;
  }
}
