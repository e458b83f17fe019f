import { z } from "zod";
import { sleep } from "../../support/abort.ts";
import type { Clock } from "../../support/clock.ts";
import { ReelburstError } from "../../support/errors.ts";
import { answerInvalid, jsonObject } from "./http-answer.ts";
import { expired } from "./loopback-login.ts";
import { type Grant, grantFrom, type OAuthTools, oauthError, oauthWord, postForm } from "./oauth.ts";

const codeSchema = z.object({
  device_code: z.string().min(1),
  user_code: z.string().min(1),
  verification_url: z.string().optional(),
  verification_uri: z.string().optional(),
  expires_in: z.number().positive(),
  interval: z.number().positive().default(5),
});

export interface DeviceHooks {
  readonly onCode: (code: {
    readonly userCode: string;
    readonly url: string;
    readonly expiresInSeconds: number;
  }) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * For machines without a browser: the user types a code on another one, and Google is asked until that has happened
 * (RFC 8628). `slow_down` makes the interval five seconds longer for good; a server that does not answer is asked again.
 * @throws ReelburstError YOUTUBE_LOGIN_REFUSED, YOUTUBE_LOGIN_EXPIRED, YOUTUBE_CLIENT_REFUSED
 */
export async function loginByDevice(
  scopes: readonly string[],
  tools: OAuthTools,
  { onCode, clock, signal }: DeviceHooks,
): Promise<Grant> {
  const asked = await postForm(tools.servers.deviceCode, { scope: scopes.join(" ") }, tools, signal);
  if (asked.status !== 200) throw oauthError(asked);
  const read = codeSchema.safeParse(jsonObject(asked.text));
  const url = read.data?.verification_url ?? read.data?.verification_uri;
  if (read.data === undefined || url === undefined) throw answerInvalid("holds no code to type");
  const { device_code, user_code, expires_in } = read.data;
  onCode({ userCode: user_code, url, expiresInSeconds: expires_in });
  const endMs = clock.monotonicMs() + expires_in * 1000;
  let intervalMs = read.data.interval * 1000;
  while (clock.monotonicMs() + intervalMs < endMs) {
    await sleep(intervalMs, { signal, clock });
    const answer = await poll(device_code, tools, signal);
    if (answer === null) continue;
    if (answer.status === 200) return grantFrom(answer, tools.now());
    switch (oauthWord(answer)) {
      case "authorization_pending":
        continue;
      case "slow_down":
        intervalMs += 5000;
        continue;
      case "expired_token":
        throw expired();
      default: {
        const error = oauthError(answer);
        if (!error.retryable) throw error;
      }
    }
  }
  throw expired();
}

/** null: no answer this time. */
async function poll(deviceCode: string, tools: OAuthTools, signal: AbortSignal) {
  const fields = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: deviceCode };
  try {
    return await postForm(tools.servers.token, fields, tools, signal);
  } catch (error) {
    if (error instanceof ReelburstError && error.retryable) return null;
    throw error;
  }
}
