import type { MigrationSet } from "../../storage/database.ts";

/** What `NOTIFY` is sent on: a change of a job (JSON of `JobChange`), or `{"queue": name}` when there is work. */
export const JOB_CHANNEL = "reelburst_job";

/**
 * The jobs' tables, and the five transitions that need more than one statement, as functions: one round trip each,
 * however far away the database is, and the same text on PGlite and PostgreSQL.
 *
 * - `ready`: may be taken now. A retry whose delay is over is ready and still called "retrying" until it is taken.
 * - `due_at`: when the lease runs out (active) or the delay is over (retrying); null otherwise.
 * - `job_group.has_ready` is a hint that errs on the side of true; it keeps finished groups out of every fetch.
 * - Locks are taken as: queue, jobs, groups by name. Nobody who holds a group waits for a job.
 *
 * One piece, however long: the functions are only right together.
 */
export const JOB_TABLES: MigrationSet = {
  name: "jobs",
  steps: [
    `
CREATE TYPE reelburst.job_state AS ENUM ('queued', 'active', 'retrying', 'completed', 'failed', 'canceled');

CREATE SEQUENCE reelburst.job_turn;

CREATE TABLE reelburst.job (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue text NOT NULL,
  group_name text NOT NULL,
  key text NOT NULL,
  -- JSON as text: jsonb would refuse NUL in strings and change numbers.
  data text NOT NULL,
  priority bigint NOT NULL,
  retry_limit double precision NOT NULL,
  base_delay_ms double precision NOT NULL,
  factor double precision NOT NULL,
  max_delay_ms double precision NOT NULL,
  state reelburst.job_state NOT NULL DEFAULT 'queued',
  ready boolean NOT NULL DEFAULT true,
  due_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  token text,
  worker_id text,
  lease_ms double precision,
  output text,
  error text,
  UNIQUE (group_name, key)
);
-- The next of a group; the highest priority of a queue; what is due; what is counted.
CREATE INDEX job_next ON reelburst.job (queue, group_name, priority DESC, number) WHERE ready;
CREATE INDEX job_first ON reelburst.job (queue, priority DESC) WHERE ready;
CREATE INDEX job_due ON reelburst.job (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX job_count ON reelburst.job (queue, state);

CREATE TABLE reelburst.job_group (
  queue text NOT NULL,
  group_name text NOT NULL,
  has_ready boolean NOT NULL DEFAULT true,
  -- Never served goes first, then the least recently served.
  served boolean NOT NULL DEFAULT false,
  turn bigint NOT NULL,
  PRIMARY KEY (queue, group_name)
);
CREATE INDEX job_group_turn ON reelburst.job_group (queue, served, turn) WHERE has_ready;

-- The queue's clock, in one place so that a test can move it.
CREATE FUNCTION reelburst.job_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

CREATE FUNCTION reelburst.job_tell(j reelburst.job) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('${JOB_CHANNEL}', json_build_object('jobId', 'job-' || j.number, 'queue', j.queue,
    'group', j.group_name, 'key', j.key, 'state', j.state, 'attempts', j.attempts)::text)
$$;

CREATE FUNCTION reelburst.job_wake(p_queue text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('${JOB_CHANNEL}', json_build_object('queue', p_queue)::text)
$$;

-- src/jobs/retry.ts in SQL: full jitter below base * factor ^ (attempt - 1), at most max. By logarithms, because
-- PostgreSQL calls an overflow an error.
CREATE FUNCTION reelburst.job_retry_ceiling_ms(base float8, factor float8, max float8, attempt integer)
RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
  SELECT floor(CASE
    WHEN base <= 0 OR max <= 0 THEN 0
    WHEN ln(base) + (attempt - 1) * ln(factor) > ln(max) THEN max
    ELSE least(max, base * power(factor, attempt - 1)) END)
$$;

-- Ends an attempt that failed at p_at. Not if the job has changed meanwhile: then null.
CREATE FUNCTION reelburst.job_end_attempt(p_number bigint, p_token text, p_error text, p_retryable boolean,
  p_at timestamptz)
RETURNS reelburst.job_state LANGUAGE plpgsql AS $$
DECLARE
  j reelburst.job;
  v_retry boolean;
BEGIN
  SELECT * INTO j FROM reelburst.job WHERE number = p_number AND token = p_token AND state = 'active' FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  v_retry := p_retryable AND j.attempts <= j.retry_limit;
  UPDATE reelburst.job SET
    state = CASE WHEN v_retry THEN 'retrying' ELSE 'failed' END::reelburst.job_state,
    error = p_error, token = NULL, worker_id = NULL,
    due_at = CASE WHEN v_retry THEN p_at + interval '1 millisecond' * floor(random() *
      (reelburst.job_retry_ceiling_ms(j.base_delay_ms, j.factor, j.max_delay_ms, j.attempts) + 1)) END
    WHERE number = j.number RETURNING * INTO j;
  PERFORM reelburst.job_tell(j);
  RETURN j.state;
END $$;

CREATE FUNCTION reelburst.job_longest_wait(j reelburst.job) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT interval '1 second' + interval '1 millisecond' * CASE j.state WHEN 'active' THEN j.lease_ms ELSE j.max_delay_ms END
$$;

-- Everything that has fallen due happens: lost leases come back, delays end.
CREATE FUNCTION reelburst.job_settle(p_lost text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := reelburst.job_now();
  j record;
BEGIN
  PERFORM 1 FROM reelburst.job WHERE due_at IS NOT NULL
    AND (due_at <= v_now OR due_at > v_now + reelburst.job_longest_wait(job)) LIMIT 1;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('reelburst.job_settle', 0));
  -- Further away than it can have been put: the clock was set back. Counted from now, nobody waits for that hour.
  UPDATE reelburst.job SET due_at = v_now + reelburst.job_longest_wait(job) - interval '1 second'
    WHERE due_at > v_now + reelburst.job_longest_wait(job);
  FOR j IN SELECT number, token, due_at FROM reelburst.job WHERE due_at <= v_now AND state = 'active' ORDER BY number LOOP
    -- A heartbeat may have come while this waited.
    PERFORM 1 FROM reelburst.job WHERE number = j.number AND due_at <= v_now FOR UPDATE;
    -- The lease was lost when it ran out, not when somebody looked.
    IF FOUND THEN PERFORM reelburst.job_end_attempt(j.number, j.token, p_lost, true, j.due_at); END IF;
  END LOOP;
  -- A delay of 0 is over at once, hence the clock again.
  v_now := reelburst.job_now();
  FOR j IN
    WITH over AS (
      UPDATE reelburst.job SET ready = true, due_at = NULL WHERE due_at <= v_now AND state = 'retrying'
      RETURNING queue, group_name
    )
    SELECT DISTINCT queue, group_name FROM over ORDER BY queue, group_name
  LOOP
    UPDATE reelburst.job_group SET has_ready = true WHERE queue = j.queue AND group_name = j.group_name;
    PERFORM reelburst.job_wake(j.queue);
  END LOOP;
END $$;

-- p_jobs: array of objects with these names.
CREATE FUNCTION reelburst.job_given(p_jobs text)
RETURNS TABLE (place bigint, queue text, group_name text, key text, data text, priority bigint,
  retry_limit float8, base_delay_ms float8, factor float8, max_delay_ms float8)
LANGUAGE sql IMMUTABLE AS $$
  SELECT place, j->>'queue', j->>'group', j->>'key', j->>'data', (j->>'priority')::bigint, (j->>'limit')::float8,
    (j->>'base')::float8, (j->>'factor')::float8, (j->>'max')::float8
  FROM json_array_elements(p_jobs::json) WITH ORDINALITY AS given (j, place)
$$;

-- One row for each job given, in order.
CREATE FUNCTION reelburst.job_enqueue(p_jobs text)
RETURNS TABLE (number bigint, created boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_created bigint[];
BEGIN
  -- Turns in the order given; locks in the order of names, so that two callers cannot wait for each other.
  INSERT INTO reelburst.job_group AS g (queue, group_name, turn)
    SELECT queue, group_name, turn FROM (
      SELECT queue, group_name, nextval('reelburst.job_turn') AS turn FROM (
        SELECT queue, group_name FROM reelburst.job_given(p_jobs) GROUP BY queue, group_name ORDER BY min(place)) AS in_order
    ) AS turns ORDER BY queue, group_name
    ON CONFLICT (queue, group_name) DO UPDATE SET has_ready = true;
  WITH added AS (
    INSERT INTO reelburst.job
      (queue, group_name, key, data, priority, retry_limit, base_delay_ms, factor, max_delay_ms)
      SELECT queue, group_name, key, data, priority, retry_limit, base_delay_ms, factor, max_delay_ms
      FROM reelburst.job_given(p_jobs) ORDER BY place
      ON CONFLICT (group_name, key) DO NOTHING
      RETURNING number
  )
  SELECT coalesce(array_agg(added.number), '{}') INTO v_created FROM added;
  PERFORM reelburst.job_wake(queue) FROM (SELECT DISTINCT queue FROM reelburst.job_given(p_jobs)) AS queues;
  RETURN QUERY SELECT j.number,
      j.number = ANY (v_created) AND row_number() OVER (PARTITION BY j.number ORDER BY given.place) = 1
    FROM reelburst.job_given(p_jobs) AS given JOIN reelburst.job AS j ON j.group_name = given.group_name AND j.key = given.key
    ORDER BY given.place;
END $$;

-- The next job, leased; or one row without a job that says in how many milliseconds something falls due.
CREATE FUNCTION reelburst.job_fetch(p_queue text, p_worker text, p_lease_ms float8, p_lost text)
RETURNS TABLE (job reelburst.job, next_due_ms float8) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_priority bigint;
  v_group text;
  v_number bigint;
  v_job reelburst.job;
  v_now timestamptz;
  v_looks integer := 0;
BEGIN
  -- A lease that a crash of the database forgets is only a lease lost: no need to wait for the disk.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM reelburst.job_settle(p_lost);
  -- One fetch of a queue after the other, each seeing what the one before did: turns are exact, none is told
  -- "nothing" while another holds the only row it looked at.
  PERFORM pg_advisory_xact_lock(hashtextextended('reelburst.job_fetch/' || p_queue, 0));
  LOOP
    SELECT priority INTO v_priority FROM reelburst.job WHERE queue = p_queue AND ready
      ORDER BY priority DESC LIMIT 1;
    IF NOT FOUND THEN
      v_now := reelburst.job_now();
      RETURN QUERY SELECT NULL::reelburst.job,
        (SELECT greatest(0, ceil(1000 * extract(epoch FROM min(due_at) - v_now)))::float8
          FROM reelburst.job WHERE due_at IS NOT NULL);
      RETURN;
    END IF;
    SELECT g.group_name, head.number INTO v_group, v_number
      FROM reelburst.job_group AS g
      CROSS JOIN LATERAL (
        SELECT j.number FROM reelburst.job AS j
          WHERE j.queue = p_queue AND j.group_name = g.group_name AND j.priority = v_priority AND j.ready
          ORDER BY j.number LIMIT 1) AS head
      WHERE g.queue = p_queue AND g.has_ready
      ORDER BY g.served, g.turn LIMIT 1;
    IF NOT FOUND THEN
      -- Canceled between the two looks: look again. If a group's hint should ever be wrong, it is put right here.
      v_looks := v_looks + 1;
      IF v_looks > 3 THEN
        INSERT INTO reelburst.job_group (queue, group_name, turn)
          SELECT queue, group_name, nextval('reelburst.job_turn') FROM (
            SELECT DISTINCT queue, group_name FROM reelburst.job WHERE queue = p_queue AND ready
            ORDER BY group_name) AS forgotten
          ON CONFLICT (queue, group_name) DO UPDATE SET has_ready = true;
      END IF;
      CONTINUE;
    END IF;
    UPDATE reelburst.job SET state = 'active', ready = false, attempts = attempts + 1, error = NULL,
        token = gen_random_uuid()::text, worker_id = p_worker, lease_ms = p_lease_ms,
        due_at = reelburst.job_now() + interval '1 millisecond' * p_lease_ms
      WHERE number = v_number AND ready RETURNING * INTO v_job;
    CONTINUE WHEN NOT FOUND;
    PERFORM 1 FROM reelburst.job_group WHERE queue = p_queue AND group_name = v_group FOR UPDATE;
    UPDATE reelburst.job_group SET served = true, turn = nextval('reelburst.job_turn'),
        has_ready = EXISTS (SELECT 1 FROM reelburst.job WHERE queue = p_queue AND group_name = v_group AND ready)
      WHERE queue = p_queue AND group_name = v_group;
    PERFORM reelburst.job_tell(v_job);
    RETURN QUERY SELECT v_job, NULL::float8;
    RETURN;
  END LOOP;
END $$;

CREATE FUNCTION reelburst.job_heartbeat(p_number bigint, p_token text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := reelburst.job_now();
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE reelburst.job SET due_at = v_now + interval '1 millisecond' * lease_ms
    WHERE number = p_number AND token = p_token AND state = 'active' AND due_at > v_now;
  RETURN FOUND;
END $$;

CREATE FUNCTION reelburst.job_complete(p_number bigint, p_token text, p_output text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  j reelburst.job;
BEGIN
  UPDATE reelburst.job SET state = 'completed', output = p_output, error = NULL, token = NULL, worker_id = NULL,
      due_at = NULL
    WHERE number = p_number AND token = p_token AND state = 'active' AND due_at > reelburst.job_now()
    RETURNING * INTO j;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM reelburst.job_tell(j);
  RETURN true;
END $$;

CREATE FUNCTION reelburst.job_fail(p_number bigint, p_token text, p_error text, p_retryable boolean)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM reelburst.job WHERE number = p_number AND token = p_token AND state = 'active'
    AND due_at > reelburst.job_now() FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  RETURN reelburst.job_end_attempt(p_number, p_token, p_error, p_retryable, reelburst.job_now());
END $$;

CREATE FUNCTION reelburst.job_release(p_number bigint, p_token text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  j reelburst.job;
BEGIN
  UPDATE reelburst.job SET state = 'queued', ready = true, attempts = attempts - 1, token = NULL, worker_id = NULL,
      due_at = NULL
    WHERE number = p_number AND token = p_token AND state = 'active' AND due_at > reelburst.job_now()
    RETURNING * INTO j;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE reelburst.job_group SET has_ready = true WHERE queue = j.queue AND group_name = j.group_name;
  PERFORM reelburst.job_tell(j);
  PERFORM reelburst.job_wake(j.queue);
  RETURN true;
END $$;

-- p_keys null: all of the group.
CREATE FUNCTION reelburst.job_cancel(p_group text, p_keys text[], p_lost text)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_count integer;
BEGIN
  PERFORM reelburst.job_settle(p_lost);
  PERFORM 1 FROM reelburst.job WHERE group_name = p_group AND state IN ('queued', 'active', 'retrying')
    AND (p_keys IS NULL OR key = ANY (p_keys)) ORDER BY number FOR UPDATE;
  WITH ended AS (
    UPDATE reelburst.job SET state = 'canceled', ready = false, error = NULL, token = NULL, worker_id = NULL,
        due_at = NULL
      WHERE group_name = p_group AND state IN ('queued', 'active', 'retrying')
        AND (p_keys IS NULL OR key = ANY (p_keys))
      RETURNING job
  ), told AS MATERIALIZED (SELECT reelburst.job_tell(ended.job) FROM ended)
  SELECT count(*) INTO v_count FROM told;
  PERFORM 1 FROM reelburst.job_group WHERE group_name = p_group ORDER BY queue FOR UPDATE;
  UPDATE reelburst.job_group AS g SET has_ready = EXISTS (
      SELECT 1 FROM reelburst.job AS j WHERE j.queue = g.queue AND j.group_name = g.group_name AND j.ready)
    WHERE g.group_name = p_group;
  RETURN v_count;
END $$;

CREATE FUNCTION reelburst.job_forget(p_group text, p_lost text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reelburst.job_cancel(p_group, NULL, p_lost);
  DELETE FROM reelburst.job WHERE group_name = p_group;
  DELETE FROM reelburst.job_group WHERE group_name = p_group;
END $$;
`,
  ],
};
