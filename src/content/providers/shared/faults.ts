/** What a provider's refusal means. Statuses are used loosely, so what the body names counts first. */
import { ProviderError, type ProviderFault } from "../../models/provider.ts";

const QUOTA =
  /insufficient_quota|quota_exceeded|exceeded your current quota|billing|credit balance|PerDay|out of credits/i;
const AUTH =
  /invalid_api_key|API_KEY_INVALID|API key not valid|authentication_error|invalid x-api-key|permission_error/i;
const REFUSED =
  /content_policy|content_filter|moderation_blocked|safety system|blocked_content|"(?:finishReason|blockReason)":\s*"(?:SAFETY|PROHIBITED_CONTENT|IMAGE_SAFETY|BLOCKLIST|RECITATION)|"stop_reason":\s*"refusal"|"refusal":\s*"[^"]/i;

/** A refusal may come with a status that says all is well. */
export function isRefusal(body: string): boolean {
  return REFUSED.test(body);
}

export function faultOf(status: number, headers: Headers, body: string): ProviderError {
  const fault = faultKind(status, body);
  return new ProviderError(fault, `${SAID[fault]} (status ${status}).`, {
    retryAfterMs: retryAfterMs(headers, body),
  });
}

/** Ours, not the provider's own words: those may repeat the key or the prompt. */
const SAID: Readonly<Record<ProviderFault, string>> = {
  quota: "the account has nothing left to spend",
  auth: "the key is not accepted",
  rate: "too many requests",
  transient: "the service failed",
  malformed: "the answer is not what was asked for",
  refused: "the content was refused",
  unsupported: "the request was not accepted",
};

function faultKind(status: number, body: string): ProviderFault {
  if (QUOTA.test(body) || status === 402) return "quota";
  if (status === 401 || AUTH.test(body)) return "auth";
  if (isRefusal(body)) return "refused";
  if (status === 403) return "auth";
  if (status === 429) return "rate";
  if (status === 408 || status === 409 || status === 425 || status >= 500) return "transient";
  return "unsupported";
}

/** By the header, in seconds or as a date, or by Google's `retryDelay`. */
function retryAfterMs(headers: Headers, body: string): number | null {
  const ms = Number(headers.get("retry-after-ms") ?? "");
  if (ms > 0) return ms;
  const after = headers.get("retry-after");
  if (after !== null && /^\d+(?:\.\d+)?$/.test(after.trim())) return Number(after) * 1000;
  if (after !== null && !Number.isNaN(Date.parse(after))) return Math.max(0, Date.parse(after) - Date.now());
  const delay = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1];
  return delay === undefined ? null : Number(delay) * 1000;
}
