import type { Line } from "../money/line.ts";
import type { Clock } from "../support/clock.ts";
import { ReelburstError } from "../support/errors.ts";
import type { Fleet, Machine, MachineName } from "./fleet.ts";
import { isSettled, type LaunchAttempt, type Lease, type Unseen, withOutcome, withStatus } from "./lease.ts";
import { finalLines, vanishedLines } from "./lease-meter.ts";
import type { LeaseSettings } from "./lease-settings.ts";
import type { LeaseStore } from "./lease-store.ts";

export interface ReleaseContext {
  readonly fleet: Fleet;
  readonly store: LeaseStore;
  readonly clock: Clock;
  readonly settings: LeaseSettings;
  /** Must not throw. Told once when a release stays unconfirmed, again after every `alarmAfterMs`, and at its end. */
  readonly onAlarm: (alarm: Alarm) => void;
}

export type Alarm =
  | {
      readonly kind: "release-unconfirmed";
      readonly lease: Lease;
      readonly error: ReelburstError | null;
      readonly sinceMs: number;
    }
  | { readonly kind: "release-confirmed"; readonly lease: Lease };

/**
 * One round of a release: look at what this lease may have launched, ask again for the end of what lives, and close it
 * when everything is confirmed gone. Safe to repeat, by anybody, at any time.
 *
 * A machine is gone when the cloud shows it as ended, or has not shown it for `absenceProofMs` without a break. A
 * failing cloud proves nothing either way: then the lease stays as it is, and somebody is told.
 *
 * @returns the lease as it stands, also when somebody else has changed it meanwhile.
 */
export async function stepRelease(context: ReleaseContext, lease: Lease): Promise<Lease> {
  if (lease.state !== "releasing") return lease;
  let next: Lease = lease;
  let error: ReelburstError | null = null;
  const lines: Line[] = [];
  try {
    next = await lookForUnknown(context, next);
    ({ lease: next, error } = await endLaunched(context, next, lines));
  } catch (thrown) {
    error = ReelburstError.from(thrown, "FLEET_FAILED");
  }
  const nowMs = await context.store.now();
  if (next.attempts.every(isSettled)) return close(context, next, lines, nowMs);
  const isLate = nowMs - Math.max(lease.sinceMs, lease.alarmedMs ?? 0) >= context.settings.alarmAfterMs;
  if (isLate) next = { ...next, alarmedMs: nowMs };
  const saved = next === lease ? lease : await save(context, next, lines);
  if (isLate && saved.alarmedMs === nowMs) {
    context.onAlarm({ kind: "release-unconfirmed", lease: saved, error, sinceMs: lease.sinceMs });
  }
  return saved;
}

/** Launches whose answer never came: their token finds the machine, if there is one. */
async function lookForUnknown({ fleet, store, settings }: ReleaseContext, lease: Lease): Promise<Lease> {
  const unknown = lease.attempts.filter(({ outcome }) => outcome.kind === "unknown");
  if (unknown.length === 0) return lease;
  const machines = await fleet.list(lease.owner);
  const nowMs = await store.now();
  let next: Lease = lease;
  for (const attempt of unknown) {
    const machine = machines.find(({ token }) => token === attempt.token);
    if (machine !== undefined) {
      next = withOutcome(next, attempt.token, {
        kind: "launched",
        machine: { id: machine.id, region: machine.region },
        launchedAtMs: machine.launchedAtMs,
        unseen: null,
      });
      continue;
    }
    const unseen = missedAgain(attempt, nowMs);
    const isGone = provesAbsence(settings, attempt, unseen, nowMs);
    next = withOutcome(
      next,
      attempt.token,
      isGone ? { kind: "gone", machine: null, wasShown: false } : { kind: "unknown", unseen },
    );
  }
  return next;
}

async function endLaunched(
  context: ReleaseContext,
  lease: Lease,
  lines: Line[],
): Promise<{ lease: Lease; error: ReelburstError | null }> {
  const { fleet, store } = context;
  const names = lease.attempts.flatMap(({ outcome }) =>
    outcome.kind === "launched" ? [outcome.machine] : [],
  );
  if (names.length === 0) return { lease, error: null };
  let error: ReelburstError | null = null;
  // A cloud that can't be read may still take orders: machines are ended whether or not they can be looked at.
  const shown = await fleet.describe(names).catch((thrown: unknown) => {
    error = ReelburstError.from(thrown, "FLEET_FAILED");
    return null;
  });
  const nowMs = await store.now();
  let next: Lease = lease;
  const toEnd: MachineName[] = [];
  for (const attempt of lease.attempts) {
    if (attempt.outcome.kind !== "launched") continue;
    const { machine: name } = attempt.outcome;
    const machine = shown?.find(({ id }) => id === name.id);
    if (shown !== null) next = observe(context, next, attempt, machine, nowMs, lines);
    if (machine?.state !== "ended" && machine?.state !== "ending") toEnd.push(name);
  }
  if (toEnd.length > 0) {
    for (const answer of await fleet.terminate(toEnd)) {
      if (answer.kind === "failed") error = ReelburstError.fromJSON(answer.error);
    }
  }
  return { lease: next, error };
}

/** What one look at a machine says. Adds its lines when it is gone. */
export function observe(
  { settings }: Pick<ReleaseContext, "settings">,
  lease: Lease,
  attempt: LaunchAttempt,
  machine: Machine | undefined,
  nowMs: number,
  lines: Line[],
): Lease {
  const { outcome } = attempt;
  if (outcome.kind !== "launched") return lease;
  const { machine: name } = outcome;
  if (machine?.state === "ended") {
    lines.push(...finalLines(lease, attempt, machine, nowMs));
    return withOutcome(lease, attempt.token, { kind: "gone", machine: name, wasShown: true });
  }
  if (machine !== undefined) {
    return outcome.unseen === null ? lease : withOutcome(lease, attempt.token, { ...outcome, unseen: null });
  }
  const unseen = missedAgain(attempt, nowMs);
  if (provesAbsence(settings, attempt, unseen, nowMs)) {
    lines.push(...vanishedLines(lease, attempt, name.id, unseen.sinceMs));
    return withOutcome(lease, attempt.token, { kind: "gone", machine: name, wasShown: false });
  }
  return withOutcome(lease, attempt.token, { ...outcome, unseen });
}

function missedAgain({ outcome }: LaunchAttempt, nowMs: number): Unseen {
  const before = outcome.kind === "unknown" || outcome.kind === "launched" ? outcome.unseen : null;
  return { sinceMs: before?.sinceMs ?? nowMs, looks: (before?.looks ?? 0) + 1 };
}

function provesAbsence(
  settings: LeaseSettings,
  { sentMs }: LaunchAttempt,
  unseen: Unseen,
  nowMs: number,
): boolean {
  return (
    unseen.looks >= settings.absenceProofLooks &&
    nowMs - Math.max(unseen.sinceMs, sentMs) >= settings.absenceProofMs
  );
}

async function close(
  context: ReleaseContext,
  lease: Lease,
  lines: readonly Line[],
  nowMs: number,
): Promise<Lease> {
  if (lease.state !== "releasing") return lease;
  // Traffic was counted while it ran; nothing more comes.
  const counted = (await context.store.lines([lease.id]))
    .filter(({ item, isFinal }) => item === "egress" && !isFinal)
    .map((line) => ({ ...line, isFinal: true }));
  const closed = withStatus(lease, { state: "closed", reason: lease.reason, closedMs: nowMs });
  const saved = await save(context, closed, [...lines, ...counted]);
  if (saved.state === "closed" && saved.alarmedMs !== null) {
    context.onAlarm({ kind: "release-confirmed", lease: saved });
  }
  return saved;
}

async function save({ store }: ReleaseContext, lease: Lease, lines: readonly Line[]): Promise<Lease> {
  return (await store.update(lease, lines)) ?? (await store.get(lease.id)) ?? lease;
}
