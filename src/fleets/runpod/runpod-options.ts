/** A serverless endpoint, resolved: nothing is left out. */
export interface RunPodOptions {
  /** Of the pool. */
  readonly name: string;
  readonly apiKey: string;
  /** Names template and endpoint; whatever bears another name is not touched. */
  readonly owner: string;
  readonly image: string;
  /** In the order of preference. */
  readonly gpuTypeIds: readonly string[];
  readonly workersMax: number;
  readonly idleTimeoutSeconds: number;
  /** Of one chunk. */
  readonly executionTimeoutMs: number;
  /** Seconds that a job may wait before another worker is started. */
  readonly queueDelaySeconds: number;
  readonly diskGb: number;
  /** How long a chunk may wait for a worker before it is taken back. */
  readonly queuePatienceMs: number;
  /** Most of a delay that is counted as the start of a worker: an image is loaded, and billed. */
  readonly coldStartMs: number;
  readonly pollMs: number;
  /** Jobs: run, status, cancel, health. */
  readonly jobsEndpoint: string;
  /** Templates and endpoints. */
  readonly restEndpoint: string;
}

/** As users of such a worker know it: 0 to 3, scaled by queue delay, idle for 5 minutes, 8 minutes for a job. */
export const RUNPOD_DEFAULTS = {
  workersMax: 3,
  idleTimeoutSeconds: 300,
  executionTimeoutMs: 480_000,
  queueDelaySeconds: 4,
  diskGb: 20,
  queuePatienceMs: 600_000,
  coldStartMs: 120_000,
  pollMs: 2_000,
  jobsEndpoint: "https://api.runpod.ai/v2",
  restEndpoint: "https://rest.runpod.io/v1",
} as const;
