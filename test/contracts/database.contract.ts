/** What every SQL database must do, as one suite. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Database, MigrationSet } from "../../src/storage/database.ts";
import { sqlState } from "../../src/storage/sql/database-errors.ts";
import { migrate } from "../../src/storage/sql/migrate.ts";

export function describeDatabase(name: string, get: () => Database): void {
  describe(`database: ${name}`, () => {
    let database: Database;
    beforeAll(async () => {
      database = get();
      await database.query("CREATE TABLE thing (id integer PRIMARY KEY, name text)");
    });
    const count = async (): Promise<number> =>
      (await database.query<{ n: number }>("SELECT count(*) AS n FROM thing"))[0]?.n ?? -1;

    it("gives values as the contract says", async () => {
      const sql = `SELECT 9007199254740991::int8 AS big, 0.5::float8 AS half, '{"a":[1]}'::json AS json,
        '{"b":null}'::jsonb AS jsonb, '2026-11-21T10:00:00Z'::timestamptz AS at, null::text AS nothing, $1::text AS text`;
      expect(await database.query(sql, ["ü \u{1f600} 'x'"])).toEqual([
        {
          big: Number.MAX_SAFE_INTEGER,
          half: 0.5,
          json: { a: [1] },
          jsonb: { b: null },
          at: new Date("2026-11-21T10:00:00Z"),
          nothing: null,
          text: "ü \u{1f600} 'x'",
        },
      ]);
    });

    it("takes several statements at once", async () => {
      expect(await database.query("SELECT 1 AS a; SELECT 2 AS a")).toEqual([{ a: 1 }, { a: 2 }]);
    });

    it("commits what resolves and rolls back what rejects", async () => {
      const answer = await database.transaction(async (transaction) => {
        await transaction.query("INSERT INTO thing VALUES (1, 'kept')");
        return "done";
      });
      expect(answer).toBe("done");
      const wrong = new Error("no");
      await expect(
        database.transaction(async (transaction) => {
          await transaction.query("INSERT INTO thing VALUES (2, 'lost')");
          throw wrong;
        }),
      ).rejects.toMatchObject({ cause: wrong });
      expect(await count()).toBe(1);
    });

    it("never reports a commit that was none: a failed statement fails its transaction", async () => {
      const work = database.transaction(async (transaction) => {
        await transaction.query("INSERT INTO thing VALUES (3, 'lost')");
        await transaction.query("INSERT INTO thing VALUES (3, 'again')").catch(() => {});
      });
      await expect(work).rejects.toMatchObject({ code: "DATABASE_FAILED" });
      expect(await database.query("SELECT * FROM thing WHERE id = 3")).toEqual([]);
    });

    it("names PostgreSQL's own code behind a failure, and works on afterwards", async () => {
      const failure = await database.query("INSERT INTO thing VALUES (1, 'twice')").catch((error) => error);
      expect(failure).toMatchObject({ code: "DATABASE_FAILED", retryable: false });
      expect(sqlState(failure)).toBe("23505");
      await expect(database.query("BEGIN; SELECT nonsense; COMMIT")).rejects.toMatchObject({
        code: "DATABASE_FAILED",
      });
      expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    });

    it("keeps others out of a transaction", async () => {
      const inside = Promise.withResolvers<void>();
      const seen = Promise.withResolvers<void>();
      const transaction = database.transaction(async (own) => {
        await own.query("INSERT INTO thing VALUES (10, 'mine')");
        inside.resolve();
        await seen.promise;
        throw new Error("back");
      });
      await inside.promise;
      // On one connection this waits for the end of the transaction, on several it looks past it.
      const other = database.query("SELECT * FROM thing WHERE id = 10");
      setTimeout(seen.resolve, 20);
      await expect(transaction).rejects.toThrow();
      expect(await other).toEqual([]);
    });

    it("passes notices on in order, until stopped", async () => {
      const heard: (string | null)[] = [];
      const others: (string | null)[] = [];
      const stop = await database.listen("some_channel", (payload) => heard.push(payload));
      await database.listen("some_channel", (payload) => others.push(payload));
      for (const text of ["a", "b"]) await database.query("SELECT pg_notify('some_channel', $1)", [text]);
      await database
        .transaction(async (transaction) => {
          await transaction.query("NOTIFY some_channel, 'rolled back'");
          throw new Error("back");
        })
        .catch(() => {});
      await expect.poll(() => heard).toEqual(["a", "b"]);
      await stop();
      await database.query("NOTIFY some_channel, 'c'");
      await expect.poll(() => others).toEqual(["a", "b", "c"]);
      expect(heard).toEqual(["a", "b"]);
    });

    describe("migrations", () => {
      const set = (...steps: string[]): MigrationSet => ({ name: "test", steps });
      const first = "CREATE TABLE reelburst.step (n integer); INSERT INTO reelburst.step VALUES (1)";
      const second = "INSERT INTO reelburst.step VALUES (2)";

      it("run once, however many start together, and go on where they were", async () => {
        await Promise.all(Array.from({ length: 5 }, () => migrate(database, [set(first)])));
        await migrate(database, [set(first, second)]);
        await migrate(database, [set(first, second)]);
        expect(await database.query("SELECT n FROM reelburst.step ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }]);
      });

      it("leave everything as it was when a step fails", async () => {
        const broken = set(first, second, "INSERT INTO reelburst.step VALUES (3)", "SELECT nonsense");
        await expect(migrate(database, [broken])).rejects.toMatchObject({ code: "DATABASE_FAILED" });
        expect(await database.query("SELECT max(n) AS n FROM reelburst.step")).toEqual([{ n: 2 }]);
      });

      it("refuse a database of a newer version", async () => {
        await expect(migrate(database, [set(first)])).rejects.toMatchObject({
          code: "DATABASE_TOO_NEW",
          message: expect.stringContaining("version 2"),
        });
      });
    });
  });
}
