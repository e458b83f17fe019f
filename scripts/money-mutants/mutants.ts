/** Mistakes that would leave machines running or amounts wrong, each as a change of one source. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test that must turn red, by file and by a part of its name. */
  readonly test: readonly [string, string];
}

const TRIALS = "test/fleet-trials.test.ts";
const FAULTS = "test/fleet-faults.test.ts";
const KILLED = "before or after any of its calls";
const SEEDED = "in 50 seeded trials";
const LAUNCH = "src/fleets/ec2/launch-parameters.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no token",
    file: LAUNCH,
    find: "    ClientToken: token,\n",
    replace: "    ClientToken: token.slice(0, 40) + String(Math.random()),\n",
    test: [TRIALS, SEEDED],
  },
  {
    name: "token without zone",
    file: "src/fleets/launch-token.ts",
    find: "digestOf({ leaseId, attempt, type, region, zone, market })",
    replace: "digestOf({ leaseId, attempt, type, region, market })",
    test: [
      "src/fleets/launch-token.test.ts",
      "is another one for another lease, attempt, type, zone or market",
    ],
  },
  {
    name: "token of the lease alone",
    file: "src/fleets/launch-token.ts",
    find: "digestOf({ leaseId, attempt, type, region, zone, market })",
    replace: "digestOf({ leaseId, type, region, market })",
    test: [TRIALS, SEEDED],
  },
  {
    name: "next zone after a lost reply",
    file: "src/fleets/launching.ts",
    find: '      if (answer.kind === "unknown") break;\n',
    replace: "",
    test: [FAULTS, "not looked for elsewhere when no reply ever comes"],
  },
  {
    name: "tags in a second call",
    file: LAUNCH,
    find: '      { ResourceType: "instance", Tags: tags },\n',
    replace: "",
    test: [TRIALS, KILLED],
  },
  {
    name: "intent after the call",
    file: "src/fleets/lease-manager.ts",
    find: "const answer = await store.create(intended, quoted);",
    replace: "const answer = await store.create(lease, quoted);",
    test: [TRIALS, KILLED],
  },
  {
    name: "sweep from the database only",
    file: "src/fleets/reaper.ts",
    find: "  for (const machine of strays) await endStray(context, machine, owner).catch(note);\n",
    replace: "",
    test: [FAULTS, "is never touched: foreign machines"],
  },
  {
    name: "owner by pattern",
    file: "src/fleets/ec2/ec2-fleet.ts",
    find: "    return machines.filter((machine) => machine.owner === owner);",
    replace: "    return machines;",
    test: ["src/fleets/ec2/ec2-fleet.test.ts", "holds exactly this owner's machines"],
  },
  {
    name: "NotFound = gone",
    file: "src/fleets/release.ts",
    find: "    unseen.looks >= settings.absenceProofLooks &&\n    nowMs - Math.max(unseen.sinceMs, sentMs) >= settings.absenceProofMs",
    replace: "    unseen.looks > 0 && settings.absenceProofMs > 0 && sentMs <= nowMs",
    test: [FAULTS, "is not confirmed by NotFound"],
  },
  {
    name: "no re-arm",
    file: "src/fleets/ec2/user-data.ts",
    find: "systemctl enable --now reelburst-dead-man.service || { /etc/reelburst/dead-man & }",
    replace: "/etc/reelburst/dead-man &",
    test: [FAULTS, "neither by a reboot of the machine"],
  },
  {
    name: "shutdown behaviour stop",
    file: LAUNCH,
    find: 'InstanceInitiatedShutdownBehavior: "terminate"',
    replace: 'InstanceInitiatedShutdownBehavior: "stop"',
    test: [FAULTS, "is outlived by the dead-man"],
  },
  {
    name: "cost from the client's clock",
    file: "src/fleets/lease-meter.ts",
    find: "const span = { fromMs, toMs: machine.endedAtMs ?? seenMs };",
    replace: "const span = { fromMs: attempt.sentMs, toMs: nowMs };",
    test: [TRIALS, "equals the bill to the last unit"],
  },
  {
    name: "closed when asked",
    file: "src/fleets/release.ts",
    find: "  if (next.attempts.every(isSettled)) return close(context, next, lines, nowMs);",
    replace: "  if (nowMs > 0) return close(context, next, lines, nowMs);",
    test: [FAULTS, "is an alarm, never closed"],
  },
  {
    name: "cap without release time",
    file: "src/money/budget.ts",
    find: "elapsedSeconds + seconds + budget.releaseSeconds, sentBytes",
    replace: "elapsedSeconds + seconds * 0, sentBytes",
    test: [FAULTS, "is kept by the fake's own bill"],
  },
];
