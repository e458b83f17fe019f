/** How patient the lease manager and the reaper are. */
export interface LeaseSettings {
  /** Between two looks at a machine that boots or ends. */
  readonly pollMs: number;
  /** First wait before a launch without an answer is asked again; doubles up to `slowestPollMs`. */
  readonly resendMs: number;
  readonly slowestPollMs: number;
  /** How long a launch is asked again before the lease is given up. What it may have launched is released. */
  readonly unknownPatienceMs: number;
  /** From the launch to an agent that answers. */
  readonly bootTimeoutMs: number;
  /**
   * How long a machine must be missing from the cloud's answers, without a break, before it counts as gone. Far above any
   * lag: it is believed only of machines whose end the cloud no longer shows.
   */
  readonly absenceProofMs: number;
  /** And in how many looks at least: a clock that is set forward makes an hour of a second. */
  readonly absenceProofLooks: number;
  /** A release that is not confirmed by then is somebody's business, again after every such time. */
  readonly alarmAfterMs: number;
  /** A controller that was not heard of for so long is dead. */
  readonly ownerlessAfterMs: number;
  /** What a budget reckons a release takes at worst. */
  readonly releaseSeconds: number;
}

export const DEFAULT_LEASE_SETTINGS: LeaseSettings = {
  pollMs: 3_000,
  resendMs: 2_000,
  slowestPollMs: 30_000,
  unknownPatienceMs: 5 * 60_000,
  bootTimeoutMs: 10 * 60_000,
  absenceProofMs: 15 * 60_000,
  absenceProofLooks: 20,
  alarmAfterMs: 10 * 60_000,
  ownerlessAfterMs: 5 * 60_000,
  releaseSeconds: 120,
};
