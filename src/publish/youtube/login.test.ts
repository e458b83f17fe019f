import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../support/clock.ts";
import { eagerClock, YouTubeBench } from "../testing/youtube-bench.ts";
import { readAccount } from "./account-file.ts";
import { loginByDevice } from "./device-login.ts";
import { SCOPES } from "./google-servers.ts";
import { loginByLoopback } from "./loopback-login.ts";
import { revoke } from "./oauth.ts";

let bench: YouTubeBench;
beforeEach(async () => {
  bench = await YouTubeBench.open();
});
afterEach(async () => {
  const { violations } = bench.fake;
  await bench.close();
  expect(violations).toEqual([]);
});

const failing = (code: string) => expect.objectContaining({ code });
const { signal } = new AbortController();

/** Where the consent page sends the browser. */
async function consent(url: string): Promise<URL> {
  return new URL((await fetch(url, { redirect: "manual" })).headers.get("location") ?? "");
}

describe("a login by browser", () => {
  const login = (
    onUrl: (url: string) => void,
    options: { signal?: AbortSignal; clock?: typeof systemClock } = {},
  ) => loginByLoopback([SCOPES.upload], bench.oauth(), { clock: systemClock, signal, onUrl, ...options });

  it("is given for what was asked, with PKCE and state", async () => {
    const grant = await login((url) => void consent(url).then((back) => fetch(back)));
    expect(grant.scopes).toEqual([SCOPES.upload]);
    expect(bench.fake.refreshTokens.has(grant.refreshToken ?? "")).toBe(true);
  });

  it("turns away whoever does not know the state, and waits on", async () => {
    const strangers: number[] = [];
    await login(async (url) => {
      const back = await consent(url);
      for (const query of ["", "?code=stolen", "?code=stolen&state=guess", "?error=access_denied&state=x"])
        strangers.push((await fetch(`${back.origin}/${query}`)).status);
      await fetch(back);
    });
    expect(strangers).toEqual([400, 400, 400, 400]);
  });

  it("is told when it is refused", async () => {
    bench.fake.consent = "access_denied";
    const refused = login((url) => void consent(url).then((back) => fetch(back)));
    await expect(refused).rejects.toThrow(failing("YOUTUBE_LOGIN_REFUSED"));
  });

  it("ends when nobody comes, and when it is stopped", async () => {
    await expect(login(() => {}, { clock: eagerClock() })).rejects.toThrow(failing("YOUTUBE_LOGIN_EXPIRED"));
    const stop = new AbortController();
    await expect(login(() => stop.abort(), { signal: stop.signal })).rejects.toThrow(failing("ABORTED"));
  });

  it("with a client Google does not know is told as that", async () => {
    bench.fake.client.secret = "another";
    const tools = { ...bench.oauth(), client: { id: "client-1", secret: "wrong" } };
    const onUrl = (url: string): void => void consent(url).then((back) => fetch(back));
    await expect(
      loginByLoopback([SCOPES.upload], tools, { clock: systemClock, signal, onUrl }),
    ).rejects.toThrow(failing("YOUTUBE_CLIENT_REFUSED"));
  });
});

describe("a login by another device", () => {
  const waits: number[] = [];
  beforeEach(() => {
    waits.length = 0;
  });
  const login = (scopes: readonly string[] = [SCOPES.account]) =>
    loginByDevice(scopes, bench.oauth(), { clock: eagerClock(waits), signal, onCode: () => {} });

  it("asks until it is allowed, more slowly when it is told to", async () => {
    bench.fake.devicePolls.push("authorization_pending", "slow_down", "authorization_pending");
    expect((await login()).scopes).toEqual([SCOPES.account]);
    expect(waits).toEqual([5000, 5000, 10_000, 10_000]);
  });

  it("shows the code", async () => {
    const codes: unknown[] = [];
    const onCode = (code: unknown): void => void codes.push(code);
    await loginByDevice([SCOPES.account], bench.oauth(), { clock: eagerClock(), signal, onCode });
    expect(codes).toEqual([
      { userCode: "ABCD-EFGH", url: `${bench.fake.origin}/device`, expiresInSeconds: 1800 },
    ]);
  });

  it("survives servers that fail while it waits", async () => {
    bench.fake.faults.push({ on: "POST /token", times: 1, how: { status: 503 } });
    bench.fake.faults.push({ on: "POST /token", times: 1, how: "lost-answer" });
    expect((await login()).refreshToken).toMatch(/^refresh-/);
  });

  it.each([
    ["expired_token", "YOUTUBE_LOGIN_EXPIRED"],
    ["access_denied", "YOUTUBE_LOGIN_REFUSED"],
  ])("%s is %s", async (said, code) => {
    bench.fake.devicePolls.push("authorization_pending", said);
    await expect(login()).rejects.toThrow(failing(code));
  });

  it("can't have the rights of the other one", async () => {
    await expect(login([SCOPES.upload])).rejects.toThrow(failing("YOUTUBE_LOGIN_REFUSED"));
  });
});

describe("a stored login", () => {
  it("holds no client secret, and belongs to one client", async () => {
    expect(await readFile(bench.accountFile, "utf8")).not.toContain(bench.fake.client.secret);
    await expect(readAccount(bench.accountFile, "another")).rejects.toThrow(failing("YOUTUBE_LOGIN_NEEDED"));
    await expect(readAccount(`${bench.accountFile}.none`, "client-1")).rejects.toThrow(
      failing("YOUTUBE_LOGIN_NEEDED"),
    );
  });

  it("is renewed before it ends, and the new token kept", async () => {
    await bench.login([SCOPES.upload], { expiresAtMs: Date.now() + 60_000, accessToken: "about to end" });
    await bench.publish();
    const { accessToken } = await readAccount(bench.accountFile, bench.fake.client.id);
    expect(bench.fake.accessTokens.has(accessToken)).toBe(true);
    expect(bench.fake.requests[0]).toBe("POST /token");
  });

  it("is revoked once", async () => {
    const { refreshToken } = await readAccount(bench.accountFile, bench.fake.client.id);
    expect(await revoke(refreshToken, bench.oauth(), signal)).toBe(true);
    expect(await revoke(refreshToken, bench.oauth(), signal)).toBe(false);
  });
});
