import { describe, expect, it } from "vitest";
import { connectionOptions, describeUrl } from "./connection-options.ts";

const URL_BASE = "postgres://user:secret@db.example:5433/films";

describe("DATABASE_URL", () => {
  it("reads sslmode as PostgreSQL's own tools do", () => {
    expect(connectionOptions(URL_BASE)).toEqual({ connectionString: URL_BASE, ssl: false });
    expect(connectionOptions(`${URL_BASE}?sslmode=require&application_name=x`)).toEqual({
      connectionString: `${URL_BASE}?application_name=x`,
      ssl: { rejectUnauthorized: false },
    });
    expect(connectionOptions(`${URL_BASE}?sslmode=verify-full`).ssl).toEqual({ rejectUnauthorized: true });
  });

  it.each([
    ["mysql://user:secret@db.example/films", "begins with mysql://"],
    [`${URL_BASE}?sslmode=prefer`, "sslmode=prefer"],
    [`${URL_BASE}?sslmode=verify-full&sslrootcert=/nowhere/root.crt`, "sslrootcert=/nowhere/root.crt"],
    ["user:secret@", "DATABASE_URL"],
  ])("refuses %s without telling the password", (url, problem) => {
    expect(() => connectionOptions(url)).toThrow(problem);
    expect(() => connectionOptions(url)).not.toThrow("secret");
    expect(() => connectionOptions(url)).toThrow(expect.objectContaining({ code: "DATABASE_URL_INVALID" }));
  });

  it("is described without what is secret", () => {
    expect(describeUrl(URL_BASE)).toBe("db.example:5433/films");
  });
});
