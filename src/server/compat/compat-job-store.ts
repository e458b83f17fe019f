/**
 * What older APIs' ids stand for. An id is a random UUID that only its caller is told: the table keeps its SHA-256, so
 * whoever reads the database or a backup can open nothing with it. Rows outlive a restart.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database, MigrationSet } from "../../storage/database.ts";

export const COMPAT_TABLES: MigrationSet = {
  name: "compat-jobs",
  steps: [
    `CREATE TABLE reelburst.compat_jobs (
      id_sha256 text PRIMARY KEY,
      api text NOT NULL,
      production_id text NOT NULL,
      owner text NOT NULL,
      secret text NOT NULL,
      request jsonb NOT NULL,
      timed_out boolean NOT NULL DEFAULT false,
      created_ms double precision NOT NULL,
      expires_ms double precision NOT NULL
    );
    CREATE INDEX compat_jobs_expiry ON reelburst.compat_jobs (expires_ms)`,
  ],
};

/** `onestep`: a finished film of /create_video_onestep. `scene`: of /process-scene. `gpu`: a job of /run or /video/…. */
export type CompatApi = "onestep" | "scene" | "gpu";

/** What of the request its answers need; plain JSON. */
export interface CompatRequest {
  /** In the caller's order, with the names its files are saved under. */
  readonly videos: readonly { readonly sceneId: string; readonly filename: string }[];
  readonly [fact: string]: unknown;
}

export interface NewCompatJob {
  readonly api: CompatApi;
  readonly productionId: string;
  /** Whose it is: the API key's id, or `local`. */
  readonly owner: string;
  readonly request: CompatRequest;
  /** Milliseconds since the epoch; from then on nobody knows the id. */
  readonly expiresMs: number;
}

export interface CompatJob extends NewCompatJob {
  readonly id: string;
  /** The table's name for it. */
  readonly idSha256: string;
  /** Signs links to this job's files. */
  readonly secret: string;
  /** It was canceled because it took longer than its caller allows. */
  readonly timedOut: boolean;
}

export interface TimedJob extends Pick<CompatJob, "idSha256" | "productionId"> {
  readonly limitMs: number;
}

interface JobRow {
  readonly api: CompatApi;
  readonly production_id: string;
  readonly owner: string;
  readonly secret: string;
  readonly request: CompatRequest;
  readonly timed_out: boolean;
  readonly expires_ms: number;
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class CompatJobStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async add(job: NewCompatJob): Promise<CompatJob> {
    const id = randomUUID();
    const secret = randomBytes(32).toString("base64url");
    await this.#database.query(
      `INSERT INTO reelburst.compat_jobs (id_sha256, api, production_id, owner, secret, request, created_ms, expires_ms)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        digest(id),
        job.api,
        job.productionId,
        job.owner,
        secret,
        JSON.stringify(job.request),
        this.#now(),
        job.expiresMs,
      ],
    );
    return { ...job, id, idSha256: digest(id), secret, timedOut: false };
  }

  /** null: there is no such job of these APIs, or its time is over. */
  async find(id: string, apis: readonly CompatApi[]): Promise<CompatJob | null> {
    if (!ID.test(id)) return null;
    const [row] = await this.#database.query<JobRow>(
      "SELECT * FROM reelburst.compat_jobs WHERE id_sha256 = $1 AND expires_ms > $2",
      [digest(id), this.#now()],
    );
    if (row === undefined || !apis.includes(row.api)) return null;
    return {
      id,
      idSha256: digest(id),
      api: row.api,
      productionId: row.production_id,
      owner: row.owner,
      secret: row.secret,
      request: row.request,
      timedOut: row.timed_out,
      expiresMs: row.expires_ms,
    };
  }

  async markTimedOut(idSha256: string): Promise<void> {
    await this.#database.query("UPDATE reelburst.compat_jobs SET timed_out = true WHERE id_sha256 = $1", [
      idSha256,
    ]);
  }

  /** Jobs whose work may take only so long, for the server that starts after the one that watched them. */
  async listTimed(): Promise<readonly TimedJob[]> {
    const rows = await this.#database.query<{
      readonly id_sha256: string;
      readonly production_id: string;
      readonly limit_ms: number;
    }>(
      `SELECT id_sha256, production_id, (request->>'executionTimeoutMs')::double precision AS limit_ms
       FROM reelburst.compat_jobs
       WHERE request->>'executionTimeoutMs' IS NOT NULL AND NOT timed_out AND expires_ms > $1
       ORDER BY created_ms DESC LIMIT 10000`,
      [this.#now()],
    );
    return rows.map((row) => ({
      idSha256: row.id_sha256,
      productionId: row.production_id,
      limitMs: row.limit_ms,
    }));
  }

  /** Forgets ids whose time is over; `owner`: only these. Files stay: they belong to productions. @returns how many */
  async forgetExpired(owner: string | null = null): Promise<number> {
    const rows = await this.#database.query(
      "DELETE FROM reelburst.compat_jobs WHERE expires_ms <= $1 AND ($2::text IS NULL OR owner = $2) RETURNING id_sha256",
      [this.#now(), owner],
    );
    return rows.length;
  }

  /** Of this owner and API, not over. */
  async countLive(owner: string, api: CompatApi): Promise<number> {
    const [row] = await this.#database.query<{ readonly count: number }>(
      "SELECT count(*)::integer AS count FROM reelburst.compat_jobs WHERE owner = $1 AND api = $2 AND expires_ms > $3",
      [owner, api, this.#now()],
    );
    return row?.count ?? 0;
  }
}

function digest(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}
